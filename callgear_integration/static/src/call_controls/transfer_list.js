// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onMounted, useRef, useState} from "@odoo/owl";

/** So many are found at a glance. */
const SEARCHED_ABOVE = 8;

/**
 * Colleagues to whom a call can be transferred. It unfolds in place, because popups lie above
 * Odoo's menus and would cover one.
 */
export class TransferList extends Component {
    static template = "callgear_integration.TransferList";
    static props = {targets: Array, onChosen: Function, onClosed: Function};

    setup() {
        this.state = useState({search: ""});
        this.root = useRef("root");
        onMounted(() => this.root.el.querySelector("input, button, p").focus());
    }

    get isSearched() {
        return this.props.targets.length > SEARCHED_ABOVE;
    }

    get found() {
        const words = this.state.search.trim().toLowerCase();
        return this.props.targets.filter(({name, extension}) =>
            `${name} ${extension}`.toLowerCase().includes(words)
        );
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClosed();
        }
    }
}
