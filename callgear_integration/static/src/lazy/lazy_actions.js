// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";

const actions = registry.category("actions");

/** Where Odoo keeps what is seen in few views; it chooses in the same way. */
const bundle = () =>
    cookie.get("color_scheme") === "dark"
        ? "web.assets_backend_lazy_dark"
        : "web.assets_backend_lazy";

/** The bundle puts the page itself in the place of what loads it. */
for (const name of ["callgear_board", "callgear_dashboard"]) {
    actions.add(name, async (env, action) => {
        await loadBundle(bundle());
        return action;
    });
}
