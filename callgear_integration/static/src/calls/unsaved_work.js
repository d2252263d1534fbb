// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {onMounted, onWillUnmount, status} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {effect} from "@web/core/utils/reactive";
import {FormController} from "@web/views/form/form_controller";

/** Counts the open forms with unsaved work, so that no call opens a page over them. */
patch(FormController.prototype, {
    setup() {
        super.setup(...arguments);
        const calls = useService("callgear.calls");
        // The form learns of a change when a field is left; typing is unsaved work as well.
        const unsaved = {form: false, field: false};
        let counted = false;
        const count = (changes) => {
            Object.assign(unsaved, changes);
            const now = unsaved.form || unsaved.field;
            if (now !== counted) {
                counted = now;
                calls.unsavedForms += now ? 1 : -1;
            }
        };
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({detail}) => count({field: detail}));
        // Read apart from the drawing of the form, which would happen once more for each change.
        onMounted(() =>
            effect(
                (model) => {
                    if (status(this) === "mounted") {
                        count({form: Boolean(model.root?.dirty)});
                    }
                },
                [this.model]
            )
        );
        onWillUnmount(() => count({form: false, field: false}));
    },
});
