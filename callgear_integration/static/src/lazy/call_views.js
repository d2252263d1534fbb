// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";
import {callPart} from "./call_parts";

const widgets = registry.category("view_widgets");

widgets.add("callgear_call_bar", {
    component: callPart("CallBar"),
    fieldDependencies: [{name: "display_name", type: "char"}],
});
widgets.add("callgear_ticket_news", {
    component: callPart("TicketNews", {isWanted: () => true}),
});
registry.category("fields").add("callgear_ticket_call", {
    component: callPart("TicketCall"),
    supportedTypes: ["text"],
});
