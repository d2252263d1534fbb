// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const add = (name, steps) => tours.add(`callgear_${name}`, {steps: () => steps});

const POPUP = ".o-callgear-CallPopup";
const FOLD = ".o-callgear-PhonePanel .o-callgear-fold";
const ICON = ".o-callgear-PhoneIcon";
const BAR = ".o-callgear-CallBar";
const BLOCK = ".o-callgear-TicketCall";
const CARD = ".o-mail-Message .o-callgear-CallMessage";
const SAVED =
    ".o_form_view .o_form_saved, .o_form_view .o_form_status_indicator_buttons.invisible";

const see = (trigger, content = "") => ({trigger, content});
const press = (trigger) => ({trigger, run: "click"});
const write = (trigger, text) => ({trigger, run: `edit ${text}`});
const field = (name) => `.o_field_widget[name=${name}]`;
const newTicketForm = [
    see(`${BLOCK}:contains(New ticket from this call)`),
    see(`.o_form_view:not(:has(${CARD})) ${field("call_summary")} textarea`),
];
const create = [press(`${BLOCK} .o-callgear-create`), see(SAVED)];

add("popup", [
    see(`${POPUP} .card-header:contains(Incoming call)`),
    see(`${POPUP} a:contains(Maryam Khalil)`),
    see(`${POPUP}:contains(+971505550123):contains(+97145550100)`),
    see(`${POPUP}:contains(maryam@customers.example.com)`),
    see(`${POPUP} .o-callgear-tickets a:contains(Delivery is late)`),
    see(
        `${POPUP}:not(:has(.o-callgear-new-ticket))`,
        "nothing can be decided before it is answered"
    ),
    {
        content: "R6: it comes back after a reload",
        trigger: `${POPUP}:contains(Maryam Khalil)`,
        run: () => location.reload(),
        expectUnloadPage: true,
    },
    see(`${POPUP}:contains(Maryam Khalil)`),
    press(FOLD),
    {
        content: "R56: folded, it stays so after a reload",
        trigger: `body:not(:has(${POPUP})) ${ICON}[data-state=silenced]`,
        run: () => location.reload(),
        expectUnloadPage: true,
    },
    press(`body:not(:has(${POPUP})) ${ICON}[data-state=silenced]`),
    see(`${POPUP}:contains(Maryam Khalil)`),
]);

add("no_popup", [see(`.o_web_client:not(:has(${POPUP})) .o_main_navbar`)]);

add("new_ticket", [
    press(`${BAR}:contains(Call in progress) .o-callgear-new-ticket`),
    ...newTicketForm,
    see(`${field("partner_id")} input:value(Maryam Khalil)`),
    see(`${field("name")} input:value(Incoming call from +971505550123)`),
    write(`${field("name")} input`, "Parcel is late"),
    write(`${field("call_summary")} textarea`, "Ordered on Monday."),
    ...create,
    see(`${CARD}:contains(Call in progress):contains(Ordered on Monday.)`),
    see(`${CARD}:contains(Sara Haddad)`),
    {
        content: "a further new ticket has nothing to do with the call",
        trigger: ".o_form_button_create",
        run: "click",
    },
    see(`.o_form_view:not(:has(${CARD})) ${field("name")} input:value(/^$/)`),
    see(`.o_form_view:not(:has(${BLOCK}))`),
]);

add("back_to_contact", [
    press(`${BAR} .o-callgear-new-ticket`),
    ...newTicketForm,
    write(`${field("call_summary")} textarea`, "Better attach it."),
    press(`${BLOCK} .o-callgear-contact`),
    press(`${BAR} .o-callgear-attach:contains(Asked by phone)`),
    see(`${BLOCK} textarea:focus`, "the cursor is where one goes on"),
    see(`${field("name")} input:value(Asked by phone)`),
    see(`${CARD}:contains(Better attach it.)`),
]);

add("attach_from_popup", [
    see(`${POPUP} .card-header:contains(Call in progress)`),
    press(
        `${POPUP} .o-callgear-tickets div:contains(Delivery is late) button:contains(Attach)`
    ),
    see(".o-callgear-PhonePanel .o-callgear-SummaryBox textarea:focus"),
    {
        content: "the page learns of it by the bus, or when it is loaded again",
        trigger: POPUP,
        run: () => location.reload(),
        expectUnloadPage: true,
    },
    press(`${POPUP} .o-callgear-ticket:contains(Delivery is late)`),
    see(`${field("name")} input:value(Delivery is late)`),
    see(`${CARD}:contains(Incoming call from +971505550123)`),
]);

add("attach_from_ticket", [
    press(`${BLOCK}:contains(Maryam Khalil) .o-callgear-record`),
    write(`${BLOCK} textarea`, "It has arrived."),
    see(`${CARD}:contains(Call in progress):contains(It has arrived.)`),
]);

add("find_contact", [
    see(`${POPUP} .o-callgear-unknown:contains(Unknown number)`),
    press(`${POPUP} .o-callgear-find`),
    see(".o_list_view .o_data_row"),
    write(".o_searchview_input", "Yusuf"),
    {trigger: ".o_searchview_input", run: "press Enter"},
    see(".o_searchview_facet:contains(Yusuf)"),
    press(".o_data_row:contains(Yusuf Khalil) button[name=action_callgear_link]"),
    see(`.o_form_view ${field("name")} textarea, .o_form_view ${field("name")} input`),
    {
        content: "the page learns of it by the bus, or when it is loaded again",
        trigger: `.o_form_view:contains(Yusuf Khalil)`,
        run: () => location.reload(),
        expectUnloadPage: true,
    },
    see(`${BAR}:contains(Call in progress) .o-callgear-new-ticket`),
    see(`${field("callgear_phone_ids")} .o_tag:contains(447700900123)`),
]);

add("find_contact_in_form", [
    press(
        `${BAR}:contains(Call with unknown number) .o-callgear-link:contains(Yusuf Khalil?)`
    ),
    see(`${field("callgear_phone_ids")} .o_tag:contains(447700900123)`),
]);

add("unknown_new_ticket", [
    press(`${POPUP} .o-callgear-new-ticket`),
    ...newTicketForm,
    see(`${field("partner_id")} input:value(+447700900123)`),
    write(`${field("name")} input`, "Wants an offer"),
    ...create,
    see(`${CARD}:contains(Call in progress)`),
]);

add("draft", [
    press(`${BAR} .o-callgear-new-ticket`),
    ...newTicketForm,
    write(`${field("name")} input`, "Parcel is late"),
    {
        content: "what is typed is kept while the cursor still stands in the field",
        trigger: `${field("call_summary")} textarea`,
        run({anchor}) {
            anchor.focus();
            anchor.value = "Ordered on Mon";
            anchor.dispatchEvent(new InputEvent("input", {bubbles: true}));
        },
    },
    {
        content:
            "the call is over once the draft is kept, and the server has made the ticket: " +
            "the form becomes it, by the bus or by Create, whichever comes first",
        trigger: `.o_form_view:has(${BLOCK})`,
        async run({anchor}) {
            const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
            const isOver = async () => {
                const calls = await orm.call("res.users", "callgear_current_calls", []);
                return calls.every(({state}) => state === "ended");
            };
            while (!(await isOver())) {
                await new Promise((resolve) => requestAnimationFrame(resolve));
            }
            anchor.querySelector(".o_form_button_save").click();
        },
    },
    see(`${CARD}:contains(talked 3:29):contains(Ordered on Mon)`),
    see(`${field("name")} input:value(Parcel is late)`),
]);

add("player", [
    see(`${CARD}:contains(Incoming call from +971505550123):contains(talked 3:29)`),
    see(`${CARD}:contains(Sara Haddad)`),
    see(`${CARD} .o-callgear-RecordingPlayer[data-state=stored]:contains(3:29)`),
    see(
        `.o-mail-Message:has(.o-callgear-CallMessage):not(:has(.o-mail-AttachmentList))`
    ),
    press(`${CARD} button[aria-label=Play]`),
    see(`${CARD} button[aria-label=Pause]`),
    press(`${CARD} button[aria-label=Pause]`),
    press(`${CARD} .o-callgear-edit`),
    write(`${CARD} textarea`, "Has arrived meanwhile."),
    press(`${CARD} button:contains(Save)`),
    see(`${CARD} .o-callgear-summary:contains(Has arrived meanwhile.)`),
]);

add("transfer", [
    see(`${POPUP} .card-header:contains(Incoming call)`),
    see(`${POPUP} a:contains(Maryam Khalil)`),
    see(`body:not(:has(${POPUP} ~ ${POPUP}))`, "one popup, not the colleague's too"),
]);

add("transfer_answered", [
    press(`${POPUP}:contains(Call in progress) .o-callgear-new-ticket`),
    ...newTicketForm,
    ...create,
    see(`${CARD}:contains(Call in progress):contains(Omar Nasser)`),
]);

add("softphone", [
    see(`${POPUP} .card-header:contains(Calling)`),
    see(`${POPUP} a:contains(Maryam Khalil)`),
    see(`${POPUP}:contains(Caller ID shown: +97145550100)`),
]);

add("softphone_answered", [
    press(`${POPUP}:contains(Call in progress) .o-callgear-new-ticket`),
    ...newTicketForm,
    see(`${field("name")} input:value(Outgoing call to +971505550123)`),
    ...create,
    see(`${CARD}:contains(Outgoing call to +971505550123)`),
]);

add("set_up", [
    press("li button[name=action_test_connection]"),
    see(".modal .o_kanban_record:contains(API key):has(.text-success)"),
    see(".modal .o_kanban_record:contains(Operators):contains(Warehouse)"),
    press(".modal footer button:contains(Close)"),
    see("body:not(:has(.modal))"),
    press("li button[name=action_fetch_operators]"),
    see(".modal .o_data_row:contains(Haddad Sara):contains(Sara Haddad)"),
    press(".modal button[name=action_apply]"),
    see(".o_notification:contains(Operators added: 1)"),
    see("body:not(:has(.modal))"),
    press(".o_notebook_headers a[name=numbers]"),
    press(".tab-pane.active button[name=action_fetch_virtual_numbers]"),
    see(".o_notification:contains(Added)"),
    see(".tab-pane.active .o_data_row:contains(+97145550200)"),
]);

add("handset", [
    see(".o_data_row:contains(Missed call) .o-callgear-handset.text-danger"),
    see(".o_data_row:contains(Delivery is late):not(:has(.o-callgear-handset))"),
]);

const helpdeskCard = see(
    ".o_kanban_record:contains(Delivery is late):contains(HT-A1):not(:contains(Claim))"
);

add("cards", [helpdeskCard]);

add("cards_of_list", [press(".o_list_view .o_switch_view.o_kanban"), helpdeskCard]);

add("call_back_cards", [
    see(".o_kanban_record:contains(Maryam Khalil) button:contains(Claim)"),
]);

add("portal", [
    {
        content: "the customer reads what was written to them, and nothing about calls",
        trigger:
            "#chatterRoot:shadow .o-mail-Thread:contains(We look into it):not(:contains(talked))",
    },
    see("#chatterRoot:shadow .o-mail-Thread:not(:has(.o-callgear-CallMessage))"),
]);
