// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";

const PAGE = ".o-callgear-Dashboard";
const value = (key) =>
    `${PAGE} .o-callgear-figure[data-figure=${key}] .o-callgear-value`;
const period = (name) =>
    `${PAGE} .o-callgear-PeriodPicker .dropdown-toggle:contains(${name})`;
const see = (trigger, content = "") => ({trigger, content});
const press = (trigger) => ({trigger, run: "click"});
const back = press(
    ".o_back_button, .o_breadcrumb .breadcrumb-item:contains(Dashboard) a"
);

registry.category("web_tour.tours").add("callgear_dashboard", {
    steps: () => [
        press(period("This month")),
        press(".o-dropdown-item:contains(This year)"),
        see(period("This year")),
        see(`${value("new_tickets")}:contains(3)`),
        see(`${PAGE} section[data-section=load] canvas`),
        press(`${PAGE} .o-callgear-filters`),
        press(`${PAGE} [data-filter=user_ids] input`),
        {
            trigger: `${PAGE} [data-filter=user_ids] input`,
            run: "edit Omar Nasser",
        },
        press(".o-autocomplete--dropdown-item:contains(Omar Nasser)"),
        see(`${value("new_tickets")}:contains(1)`),
        {
            content: "what is chosen comes back after a reload",
            trigger: `${PAGE} [data-filter=user_ids] .o_tag:contains(Omar Nasser)`,
            run: () => location.reload(),
            expectUnloadPage: true,
        },
        see(period("This year")),
        press(`${value("new_tickets")}:contains(1)`),
        see(".o_list_view .o_data_row:contains(Omar has it)"),
        see(".o_list_view:not(:has(.o_data_row ~ .o_data_row:contains(Delivery)))"),
        back,
        {
            content: "and on the way back",
            trigger: `${PAGE} .o-callgear-clear`,
            run: "click",
        },
        see(`${value("new_tickets")}:contains(3)`),
        press(
            `${PAGE} section[data-section=team] tr:contains(Sara Haddad) td[data-figure=new_tickets] button:contains(2)`
        ),
        see(".o_list_view .o_data_row ~ .o_data_row:contains(Delivery is late)"),
        see(".o_breadcrumb:contains(New, Sara Haddad)"),
        back,
        press(`${PAGE} section[data-section=peak] td button:contains(3)`),
        see(".o_list_view .o_data_row ~ .o_data_row ~ .o_data_row"),
        back,
        press(
            `${PAGE} section[data-section=team] tr:contains(Sara Haddad) td[data-figure=replies] button:contains(1)`
        ),
        see(".o_list_view .o_data_row:contains(Delivery is late)"),
    ],
});
