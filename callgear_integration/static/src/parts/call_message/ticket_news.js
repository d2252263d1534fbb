// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillDestroy, status, useEffect} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {FetchRecordError} from "@web/model/relational_model/errors";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {reloadUnchanged} from "../../calls/reload";

/** Draws nothing: brings an open ticket up to date when its calls go on. */
export class TicketNews extends Component {
    static template = "callgear_integration.TicketNews";
    static props = {...standardWidgetProps};

    setup() {
        this.bus = useService("bus_service");
        this.store = useService("mail.store");
        this.notification = useService("notification");
        this.forgetMessages();
        useEffect(
            (ticketId) => {
                const channel = ticketId && `callgear.ticket_${ticketId}`;
                if (channel) {
                    this.bus.addChannel(channel);
                }
                return () => channel && this.bus.deleteChannel(channel);
            },
            () => [this.props.record.resId]
        );
        const onNews = (payload) => this.onNews(payload);
        this.bus.subscribe("callgear.ticket", onNews);
        // Also of a page that was left before it was drawn, which is never unmounted.
        onWillDestroy(() => this.bus.unsubscribe("callgear.ticket", onNews));
    }

    async onNews({ticket_id, message_id, gone_message_id, callgear_call}) {
        if (ticket_id !== this.props.record.resId) {
            return;
        }
        const thread = this.threadOf(ticket_id);
        if (gone_message_id) {
            thread?.messages.delete(this.store["mail.message"].get(gone_message_id));
        } else {
            const message = this.store["mail.message"].get(message_id);
            const known = message?.callgear_call;
            if (message) {
                // The news are for everybody; who may not read the contact has no name.
                message.callgear_call = {partner: known?.partner, ...callgear_call};
            }
            await thread?.fetchNewMessages();
            await showOlder(thread, message_id);
            if (known && known.partner_id !== callgear_call.partner_id) {
                message.callgear_call.partner = "";
                await thread?.fetchMessages({around: message_id});
            }
        }
        await this.reload();
    }

    threadOf(ticketId) {
        return this.store.Thread.get({model: "helpdesk.ticket", id: ticketId});
    }

    /**
     * A page that is opened again shows what it had. Calls may have been moved since, to
     * the ticket or out of it: so it asks for all, not only for what is new.
     */
    forgetMessages() {
        const thread = this.threadOf(this.props.record.resId);
        if (thread?.isLoaded && thread.status !== "loading") {
            thread.messages.clear();
            thread.isLoaded = false;
        }
    }

    async reload() {
        const {record} = this.props;
        if (status(this) === "destroyed") {
            return;
        }
        try {
            await reloadUnchanged(record);
        } catch (error) {
            if (!(error instanceof FetchRecordError)) {
                throw error;
            }
            // It was made for a call that has been moved; whoever moved it is on their way.
            if (status(this) === "mounted") {
                this.notification.add(
                    _t("The call is in another ticket now, and this one is gone."),
                    {type: "info"}
                );
            }
        }
    }
}

/**
 * Show a message among older ones: a call that was moved here has an older one than others.
 *
 * @param {Object} thread
 * @param {number} messageId
 */
async function showOlder(thread, messageId) {
    const isShown = () => thread.messages.some((message) => message.id === messageId);
    if (!thread?.isLoaded || isShown()) {
        return;
    }
    const found = await thread.fetchMessages({around: messageId});
    const moved = found.find((message) => message.id === messageId);
    if (moved && !isShown()) {
        const later = thread.messages.findIndex((message) => message.id > messageId);
        const place = later === -1 ? thread.messages.length : later;
        thread.messages.splice(place, 0, moved);
    }
}

registry.category("callgear_parts").add("TicketNews", TicketNews);
