// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Composer as ComposerComponent} from "@mail/core/common/composer";
import {Composer} from "@mail/core/common/composer_model";
import {Store} from "@mail/core/common/store_service";
import {patch} from "@web/core/utils/patch";

const {DateTime} = luxon;

/** How long an agent writes a reply to a ticket: from the first key to the sending (R37). */
patch(Composer.prototype, {
    setup() {
        super.setup(...arguments);
        this.callgearWritingSince = null;
    },

    clear() {
        super.clear(...arguments);
        this.callgearWritingSince = null;
    },

    /** @param {String} text what stands there now: an emptied text begins anew */
    callgearNoteWriting(text) {
        if (!text.trim()) {
            this.callgearWritingSince = null;
        } else if (!this.callgearWritingSince) {
            this.callgearWritingSince = DateTime.now();
        }
    },

    /** At least one second, so that a reply in one word counts, too. */
    get callgearWritingSeconds() {
        const since = this.callgearWritingSince;
        return since
            ? Math.max(1, Math.round(-since.diffNow("seconds").seconds))
            : null;
    },
});

patch(ComposerComponent.prototype, {
    onInput({target}) {
        super.onInput(...arguments);
        const {composer} = this.props;
        if (!composer.message && this.thread?.model === "helpdesk.ticket") {
            composer.callgearNoteWriting(target.value ?? target.textContent);
        }
    },

    get postData() {
        return {
            ...super.postData,
            callgearWritingSeconds: this.props.composer.callgearWritingSeconds,
        };
    },
});

patch(Store.prototype, {
    /** A note is no reply. */
    async getMessagePostParams({postData, thread}) {
        const params = await super.getMessagePostParams(...arguments);
        const seconds = postData.callgearWritingSeconds;
        if (seconds && !postData.isNote && thread.model === "helpdesk.ticket") {
            params.post_data.callgear_writing_seconds = seconds;
        }
        return params;
    },
});
