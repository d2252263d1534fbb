// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/** Texts of a conversation that agents type, in the order of `save_draft`. */
export const TEXTS = ["subject", "summary"];
/** Earlier texts that may still come back as news. */
const MAX_EARLIER = 50;

/** The server cuts spaces at the ends, and keeps no difference between line ends. */
const bare = (text) => text.replaceAll("\r\n", "\n").trim();
const isSame = (one, other) => bare(one) === bare(other);
/** How both are kept, if somebody else has changed what was kept here. */
const BETWEEN = {subject: " / ", summary: "\n"};

const isText = (value) => typeof value === "string";

/** What was typed about one conversation, and how much of it the server has. */
export class SummaryDraft {
    constructor({id, subject, summary}) {
        this.id = id;
        this.texts = {subject: subject || "", summary: summary || ""};
        this.saved = {...this.texts};
        /** What is on its way to the server; null: nothing. */
        this.sending = {subject: null, summary: null};
        /** What the server had before: news with it may be older than what was saved. */
        this.earlier = {subject: [], summary: []};
        /** What was last heard of another tab of this browser, which keeps its words, too. */
        this.heard = {};
        /** Somebody has typed here. */
        this.isTouched = false;
        /** @type {"away"|"refused"|"logged_out"|null} why the server does not have it */
        this.failure = null;
        /** The server's own explanation of a refusal. */
        this.reason = "";
        /** It stands in the browser's storage, until the server has it. */
        this.isKept = false;
        /** It was refused as it stands: it is not tried again until it changes. */
        this.isStuck = false;
        /** The agent was told of a refusal. */
        this.isTold = false;
        this.wasSaved = false;
    }

    get text() {
        return this.texts.summary;
    }

    get subject() {
        return this.texts.subject;
    }

    get isSaved() {
        return TEXTS.every((name) => !this.isUnsaved(name));
    }

    isUnsaved(name) {
        const sending = this.sending[name] ?? this.texts[name];
        return this.texts[name] !== this.saved[name] || this.texts[name] !== sending;
    }

    /** @returns {(string|null)[]} arguments of `save_draft`: what has changed, else null */
    get changes() {
        return TEXTS.map((name) => (this.isUnsaved(name) ? this.texts[name] : null));
    }

    /**
     * What the browser keeps until the server has it.
     *
     * @returns {Object<string, {text: string, base: string[], over: string|undefined}>} by name;
     *      `base` are the texts of which the server has one, if nobody else changes it, and
     *      `over` is that of another tab which was changed here
     */
    get kept() {
        const unsaved = TEXTS.filter((name) => this.isUnsaved(name));
        return Object.fromEntries(
            unsaved.map((name) => {
                const base = [this.saved[name], this.sending[name]];
                const [text, over] = [this.texts[name], this.heard[name]];
                return [name, {text, base: base.filter(isText), over}];
            })
        );
    }

    /**
     * Take up what was kept when the page was left, unless the server has it by now. What
     * somebody has written there since is kept as well.
     *
     * @param {Object} kept as above, or whatever stood in its place
     * @param {Object} leg with the texts of the server that are known
     */
    takeUp(kept, leg) {
        for (const name of TEXTS.filter((each) => each in leg)) {
            this.takeUpText(name, kept[name] || {});
        }
    }

    takeUpText(name, {text, base}) {
        const saved = this.saved[name];
        if (!isText(text) || !Array.isArray(base) || isSame(text, saved)) {
            return;
        }
        const isNewer = base.some((one) => isText(one) && isSame(one, saved));
        if (isNewer || bare(text).includes(bare(saved))) {
            this.texts[name] = text;
        } else if (!bare(saved).includes(bare(text))) {
            this.texts[name] = saved + BETWEEN[name] + text;
        }
    }

    /**
     * Take up what another tab keeps: it is newer than what was not touched here since that
     * was told of last. What was typed in both tabs at once stays as well.
     *
     * @param {Object} kept as above, or whatever stood in its place
     */
    hearKept(kept) {
        for (const name of TEXTS.filter((each) => isText(kept[each]?.text))) {
            const {text, over} = kept[name];
            const mine = this.texts[name];
            if (!this.isUnsaved(name)) {
                this.takeUpText(name, kept[name]);
            } else if ([over, this.heard[name]].includes(mine) || text.includes(mine)) {
                this.texts[name] = text;
            } else if (!mine.includes(text)) {
                this.texts[name] = text + BETWEEN[name] + mine;
            }
            this.heard[name] = text;
        }
    }

    /** Whether that is all that the server does not have, and nothing else. */
    isKeptAs(kept) {
        return TEXTS.every((name) =>
            kept[name] ? kept[name].text === this.texts[name] : !this.isUnsaved(name)
        );
    }

    /** @param {(string|null)[]} changes what is sent to the server now */
    send(changes) {
        TEXTS.forEach((name, index) => (this.sending[name] = changes[index]));
    }

    /** The server has what was sent. */
    accept() {
        for (const name of TEXTS) {
            if (this.sending[name] !== null) {
                const earlier = [...this.earlier[name], this.saved[name]];
                this.earlier[name] = earlier.slice(-MAX_EARLIER);
                this.confirm(name);
            }
        }
    }

    confirm(name) {
        this.saved[name] = this.sending[name];
        this.sending[name] = null;
    }

    /** News of the server: taken over if nothing here is newer. */
    hear(leg) {
        for (const name of TEXTS) {
            const text = leg[name] || "";
            const sending = this.sending[name];
            if (sending !== null && isSame(text, sending)) {
                this.confirm(name); // its answer comes later than the news
            }
            const isEarlier = this.earlier[name].some((one) => isSame(one, text));
            if (isSame(text, this.saved[name])) {
                this.earlier[name] = []; // news come in order
            } else if (!this.isUnsaved(name) && !isEarlier) {
                this.texts[name] = text;
                this.saved[name] = text;
            }
        }
    }
}
