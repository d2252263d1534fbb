// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {DefaultCommandItem} from "@web/core/commands/command_palette";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {callMatch, findMatches, TYPING_MS} from "./matches";

/** What is typed behind it is called; it may be meant as the plus of a number, or not. */
const NAMESPACE = "+";
const SETUP = {
    debounceDelay: TYPING_MS,
    emptyMessage: _t("No matches"),
    name: _t("people to call"),
    placeholder: _t("Type a name or number to call…"),
};

class MatchCommandItem extends Component {
    static template = "callgear_integration.MatchCommandItem";
    static props = {
        ...DefaultCommandItem.props,
        phone: [String, {value: null}],
        label: String,
    };
}

const dialProvider = {
    namespace: NAMESPACE,
    async provide({services}, {searchValue}) {
        const text = searchValue.trim();
        const matches = text ? await findMatches(services.orm, text, true) : [];
        const {action, notification, "callgear.dialer": dialer} = services;
        return matches.map((match) => ({
            Component: MatchCommandItem,
            name: match.name,
            props: {phone: match.phone, label: match.label},
            // The palette does not stay open for the time that CallGear needs.
            action() {
                callMatch({action, dialer, notification}, match);
            },
        }));
    },
};

const phoneProvider = {
    provide: ({services}) => [
        {
            name: _t("Open the phone"),
            action() {
                services["callgear.phone"].open();
            },
        },
        {
            name: _t("Call by name or number"),
            // What an action returns is what the palette shows next.
            action: () => ({
                configByNamespace: {[NAMESPACE]: SETUP},
                providers: registry.category("command_provider").getAll(),
                searchValue: NAMESPACE,
            }),
        },
    ],
};

/** Lets agents call from the command palette; nobody else sees anything of it. */
export const dialCommandService = {
    start() {
        if (session.callgear) {
            const providers = registry.category("command_provider");
            registry.category("command_setup").add(NAMESPACE, SETUP, {force: true});
            providers.add("callgear_dial", dialProvider, {force: true});
            providers.add("callgear_phone", phoneProvider, {force: true});
        }
    },
};

registry.category("services").add("callgear.dial_command", dialCommandService);
