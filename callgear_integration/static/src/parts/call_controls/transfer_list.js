// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onMounted, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {isTextBox} from "../../calls/focus";

/** How each state of a colleague is shown; of one that is not known, nothing is said. */
const BADGES = {
    free: {text: _t("Free"), color: "text-bg-success"},
    ringing: {text: _t("Ringing"), color: "text-bg-warning"},
    talking: {text: _t("On a call"), color: "text-bg-warning"},
    away: {text: _t("Away"), color: "text-bg-secondary"},
};

/**
 * Colleagues to whom a call can be transferred. It unfolds in place, because popups lie above
 * Odoo's menus and would cover one.
 *
 * Arrow keys go from one colleague to the next, Enter asks first, Ctrl+Enter transfers now.
 */
export class TransferList extends Component {
    static template = "callgear_integration.TransferList";
    static props = {targets: Array, onChosen: Function, onClosed: Function};

    setup() {
        this.state = useState({search: ""});
        this.root = useRef("root");
        onMounted(() => {
            // Whoever has gone on writing meanwhile goes on.
            if (!isTextBox(document.activeElement)) {
                this.root.el.querySelector("input").focus();
            }
            this.root.el.scrollIntoView({block: "nearest"});
        });
    }

    get found() {
        const words = this.state.search.trim().toLowerCase();
        return this.props.targets.filter(({name, extension}) =>
            `${name} ${extension}`.toLowerCase().includes(words)
        );
    }

    badge({state, status}) {
        const badge = BADGES[state];
        return badge && {...badge, text: status || badge.text};
    }

    askLabel({name}) {
        return _t("Ask first: %s", name);
    }

    transferLabel({name}) {
        return _t("Transfer now: %s", name);
    }

    choose(colleague, atOnce) {
        this.props.onChosen(colleague, atOnce);
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClosed();
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            ev.preventDefault();
            this.move(ev.key === "ArrowDown" ? 1 : -1);
        } else if (ev.key === "Enter") {
            this.onEnter(ev);
        }
    }

    /** Enter on a key presses it; elsewhere it means the colleague who was looked for. */
    onEnter(ev) {
        const row = this.rows.findIndex((el) => el.contains(ev.target));
        const isSearched = row < 0 && Boolean(this.state.search.trim());
        const atOnce = ev.ctrlKey || ev.metaKey;
        if (row >= 0 && !atOnce) {
            return;
        }
        ev.preventDefault();
        const colleague = row < 0 ? isSearched && this.found[0] : this.found[row];
        if (colleague) {
            this.choose(colleague, atOnce);
        }
    }

    get rows() {
        return [...this.root.el.querySelectorAll("li")];
    }

    /** Go to another colleague, to the same key as here; above the first one to the search. */
    move(step) {
        const rows = this.rows;
        const focused = document.activeElement;
        const from = rows.findIndex((el) => el.contains(focused));
        const to = Math.min(from + step, rows.length - 1);
        if (to < 0) {
            this.root.el.querySelector("input").focus();
            return;
        }
        const kind = focused.matches(".o-callgear-transfer-now")
            ? "transfer-now"
            : "ask-first";
        rows[to].querySelector(`.o-callgear-${kind}`).focus();
    }
}
