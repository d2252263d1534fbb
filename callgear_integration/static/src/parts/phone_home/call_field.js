// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useRef, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {debounce} from "@web/core/utils/timing";
import {keyed, keyName} from "../../calls/keys_service";
import {TYPING_MS} from "../../dial_command/dial_command";
import {callMatch, findMatches} from "../dial/matches";

const LIST_ID = "o-callgear-CallField-list";
const NOTHING = {matches: [], chosen: -1, isEmpty: false, isAway: false};

/** A field that takes a name or a number, and calls. */
export class CallField extends Component {
    static template = "callgear_integration.CallField";
    static props = {};

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.dialer = useState(useService("callgear.dialer"));
        /**
         * @type {{text: string, matches: Object[], chosen: number, isEmpty: boolean,
         *  isAway: boolean}} `isAway`: nobody could be looked for
         */
        this.state = useState({text: "", ...NOTHING});
        this.input = useRef("input");
        this.keyed = keyed;
        this.keyName = keyName;
        this.listId = LIST_ID;
        this.keepLast = new KeepLast();
        this.search = debounce(() => this.find(), TYPING_MS);
        onWillUnmount(() => this.search.cancel());
    }

    /** Nothing, and not null: Owl writes that as a word. */
    get chosenId() {
        return this.state.chosen >= 0 ? this.optionId(this.state.chosen) : undefined;
    }

    optionId(index) {
        return `${LIST_ID}-${index}`;
    }

    /** @returns {boolean} digits and signs only: what is typed can be called as it stands */
    get isNumber() {
        return /\d/.test(this.state.text) && !/\p{L}/u.test(this.state.text);
    }

    /** Whether there is nothing to call yet, or somebody is called already. */
    get isLocked() {
        return this.dialer.isBusy || !this.state.text.trim();
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.state.chosen = -1;
        this.search();
    }

    async find() {
        const text = this.state.text.trim();
        let matches = [];
        let isAway = false;
        try {
            matches = await this.keepLast.add(findMatches(this.orm, text));
        } catch {
            // A number can be called without a list all the same.
            isAway = true;
        }
        if (text !== this.state.text.trim()) {
            return; // they have typed on
        }
        const isEmpty = !isAway && text.length > 1 && !matches.length;
        Object.assign(this.state, {...NOTHING, matches, isEmpty, isAway});
    }

    onKeydown(ev) {
        const {matches, chosen} = this.state;
        const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (step && matches.length) {
            ev.preventDefault();
            const from = chosen < 0 && step < 0 ? 0 : chosen;
            this.state.chosen = (from + step + matches.length) % matches.length;
        } else if (ev.key === "Escape" && this.state.text) {
            ev.stopPropagation();
            this.clear();
        }
    }

    clear() {
        this.search.cancel();
        Object.assign(this.state, {text: "", ...NOTHING});
    }

    /** Nobody is called by chance: of several people one has to be chosen. */
    async onSubmit() {
        if (this.isLocked) {
            return;
        }
        if (this.state.chosen < 0 && !this.isNumber) {
            const {text} = this.state;
            this.search.cancel();
            await this.find();
            if (text !== this.state.text) {
                return; // they have typed on: it may be somebody else
            }
            this.state.chosen = this.state.matches.length ? 0 : -1;
            if (this.state.matches.length !== 1) {
                this.input.el?.focus();
                return;
            }
        }
        await this.call(this.state.matches[this.state.chosen]);
    }

    /** @param {Object} [match] without, what is typed */
    async call(match) {
        const {action, dialer, notification} = this;
        const text = this.state.text.trim();
        const done = match
            ? callMatch({action, dialer, notification}, match)
            : text && dialer.dial(text);
        if (await done) {
            this.clear();
        }
    }
}
