// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {
    Component,
    onPatched,
    onWillPatch,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {CALL_PLACES, firstPlace, ICON, PANEL, useFocusHeir} from "../calls/focus";
import {keyName} from "../calls/keys_service";
import {CallCard} from "./call_card";

/** Where the agent goes on when they open the panel: where one types, if there is such a place. */
const FIRST_PLACES = [
    ...CALL_PLACES.map((place) => `.o-callgear-CallCard ${place}`),
    ".o-callgear-PhoneHome input",
];

/** Below the phone in the top bar: a card for each call, and what the phone is for when idle. */
export class PhonePanel extends Component {
    static template = "callgear_integration.PhonePanel";
    static components = {CallCard};
    static props = {};

    setup() {
        this.calls = useState(useService("callgear.calls"));
        this.phone = useState(useService("callgear.phone"));
        this.parts = useState(useService("callgear.parts"));
        this.root = useRef("root");
        /** Where the focus was when the phone was opened: it has not been used since. */
        this.focused = null;
        useEffect(
            (isOpen) => {
                if (isOpen) {
                    this.takeFocus();
                    this.focused = document.activeElement;
                    this.parts.load();
                }
            },
            () => [this.phone.isOpen]
        );
        useEffect(
            (Home) => {
                // By the time that it is there, somebody may be typing elsewhere.
                const isUnused = [this.focused, document.body].includes(
                    document.activeElement
                );
                if (Home && this.phone.isOpen && isUnused) {
                    // Not before the cards have their text boxes, which come with it.
                    Promise.resolve().then(() => this.takeFocus());
                }
            },
            () => [this.Home]
        );
        useKeptFocus(this.root);
        useFocusHeir(PANEL, ".o-callgear-CallCard");
    }

    takeFocus() {
        const place = firstPlace(this.root.el, FIRST_PLACES);
        if (place && !place.contains(document.activeElement)) {
            place.focus();
        }
    }

    /** Whose card the agent works in stays, though another note is newer. */
    attend({target}) {
        const id = Number(target.closest("[data-leg]")?.dataset.leg);
        this.phone.attended = id || null;
    }

    /** Of a call that the page shows as well, the panel is as little in the way as it can. */
    isCompact(leg) {
        return (
            !this.phone.isOpen &&
            (this.calls.isInPage(leg) || this.calls.isCovered(leg))
        );
    }

    /** What the phone is for when idle; null until it is loaded. */
    get Home() {
        return this.parts.get("PhoneHome");
    }

    get foldTitle() {
        return _t("Minimize (%s)", keyName("p"));
    }

    fold() {
        this.phone.fold();
        document.querySelector(ICON)?.focus();
    }

    onKeydown(ev) {
        // A menu that is open is closed first, by itself.
        if (ev.key === "Escape" && !this.root.el.querySelector(".o-dropdown.show")) {
            ev.stopPropagation();
            this.fold();
        }
    }
}

/** A card that changes its place in the stack takes focus, caret and scrolling with it. */
function useKeptFocus(root) {
    let kept = null;
    onWillPatch(() => {
        const el = document.activeElement;
        kept = root.el?.contains(el) && {
            el,
            selection: el.matches("textarea") && [
                el.selectionStart,
                el.selectionEnd,
                el.selectionDirection,
            ],
            scrollTop: el.scrollTop,
        };
    });
    onPatched(() => {
        if (kept && kept.el.isConnected && document.activeElement !== kept.el) {
            kept.el.focus({preventScroll: true});
            if (kept.selection) {
                kept.el.setSelectionRange(...kept.selection);
            }
            kept.el.scrollTop = kept.scrollTop;
        }
    });
}

registry
    .category("main_components")
    .add("callgear.PhonePanel", {Component: PhonePanel});
