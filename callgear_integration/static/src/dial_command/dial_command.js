// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {session} from "@web/session";

/** What is typed behind it is called; it may be meant as the plus of a number, or not. */
const NAMESPACE = "+";
/** Whoever types is asked for no more often. */
export const TYPING_MS = 250;
const SETUP = {
    debounceDelay: TYPING_MS,
    emptyMessage: _t("No matches"),
    name: _t("people to call"),
    placeholder: _t("Type a name or number to call…"),
};

const dialProvider = {
    namespace: NAMESPACE,
    async provide({services}, {searchValue}) {
        const parts = services["callgear.parts"];
        await parts.load();
        const provide = parts.get("provideMatches");
        return provide ? provide(services, searchValue.trim()) : [];
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
