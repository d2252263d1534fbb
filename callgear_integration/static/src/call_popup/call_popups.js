// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {CallPopup} from "./call_popup";

/** All popups of the user's calls, top right, in every open tab. */
export class CallPopups extends Component {
    static template = "callgear_integration.CallPopups";
    static components = {CallPopup};
    static props = {};

    setup() {
        this.calls = useState(useService("callgear.calls"));
    }
}

registry
    .category("main_components")
    .add("callgear.CallPopups", {Component: CallPopups});
