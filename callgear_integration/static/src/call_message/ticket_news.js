// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useEffect} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Draws nothing: brings an open ticket up to date when its calls go on. */
export class TicketNews extends Component {
    static template = "callgear_integration.TicketNews";
    static props = {...standardWidgetProps};

    setup() {
        this.bus = useService("bus_service");
        this.store = useService("mail.store");
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
        onWillUnmount(() => this.bus.unsubscribe("callgear.ticket", onNews));
    }

    async onNews({ticket_id, message_id, callgear_call}) {
        const {record} = this.props;
        if (ticket_id !== record.resId) {
            return;
        }
        const message = this.store["mail.message"].get(message_id);
        if (message) {
            message.callgear_call = callgear_call;
        }
        const thread = this.store.Thread.get({model: "helpdesk.ticket", id: ticket_id});
        await thread?.fetchNewMessages();
        if (!record.dirty) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("callgear_ticket_news", {component: TicketNews});
