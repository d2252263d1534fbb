// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {tellRefusal} from "./refusal";

/** Calls out from wherever a handset stands; one request at a time, so none is made twice. */
export class Dialer {
    constructor({action, notification, orm}) {
        Object.assign(this, {action, notification, orm, isBusy: false});
    }

    /**
     * Call a number that stands in a record.
     *
     * @param {string} phone
     * @param {string|false} resModel
     * @param {number|false} resId false for a record that is not saved yet
     */
    dial(phone, resModel = false, resId = false) {
        return this.ask("callgear.dialer", "dial", [phone, resModel, resId]);
    }

    /**
     * Call a contact, or that of a ticket.
     *
     * @param {string} resModel
     * @param {number} resId
     * @param {string} [phone] which of its numbers; without, the server chooses or asks
     */
    callRecord(resModel, resId, phone) {
        const which = phone ? {phone} : {};
        return this.ask(resModel, "action_callgear_call", [[resId]], which);
    }

    /** Call whom a call has not reached: from the same ticket, if it was started from one. */
    callAgain({origin_ticket, partner, phone}) {
        if (origin_ticket) {
            return this.callRecord("helpdesk.ticket", origin_ticket.id, phone);
        }
        return partner ? this.dial(phone, "res.partner", partner.id) : this.dial(phone);
    }

    /**
     * Call back who waits in a ticket, if nobody else does already; it is the agent's then.
     *
     * @param {number} ticketId
     * @param {number} [callId] the missed call, else who waits longest is called back
     */
    callBack(ticketId, callId) {
        const args = callId ? [[ticketId], callId] : [[ticketId]];
        return this.ask("helpdesk.ticket", "action_callgear_call_back", args);
    }

    /** @returns {Promise<boolean>} whether it was asked for, and not refused */
    async ask(...request) {
        if (this.isBusy) {
            return false;
        }
        this.isBusy = true;
        try {
            const action = await this.orm.call(...request);
            if (action) {
                await this.action.doAction(action);
            }
            return true;
        } catch (error) {
            tellRefusal(this.notification, error);
            return false;
        } finally {
            this.isBusy = false;
        }
    }
}

export const dialerService = {
    dependencies: ["action", "notification", "orm"],
    start: (env, services) => reactive(new Dialer(services)),
};

registry.category("services").add("callgear.dialer", dialerService);
