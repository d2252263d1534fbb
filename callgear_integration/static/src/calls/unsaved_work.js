// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import { onWillUnmount, useEffect } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { FormController } from "@web/views/form/form_controller";

/** Counts the open forms with unsaved work, so that no call opens a page over them. */
patch(FormController.prototype, {
    setup() {
        super.setup(...arguments);
        const calls = useService("callgear.calls");
        let counted = false;
        const count = (dirty) => {
            if (dirty !== counted) {
                counted = dirty;
                calls.unsavedForms = (calls.unsavedForms || 0) + (dirty ? 1 : -1);
            }
        };
        useEffect(
            (dirty) => count(Boolean(dirty)),
            () => [this.model.root?.dirty]
        );
        onWillUnmount(() => count(false));
    },
});
