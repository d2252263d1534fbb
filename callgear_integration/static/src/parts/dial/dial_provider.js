// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component} from "@odoo/owl";
import {DefaultCommandItem} from "@web/core/commands/command_palette";
import {registry} from "@web/core/registry";
import {callMatch, findMatches} from "./matches";

class MatchCommandItem extends Component {
    static template = "callgear_integration.MatchCommandItem";
    static props = {
        ...DefaultCommandItem.props,
        phone: [String, {value: null}],
        label: String,
    };
}

/**
 * @param {Object} services of the page
 * @param {string} text
 * @returns {Promise<Object[]>} what the command palette offers to call
 */
async function provideMatches(services, text) {
    const matches = text ? await findMatches(services.orm, text, true) : [];
    const {action, notification, "callgear.dialer": dialer} = services;
    return matches.map((match) => ({
        Component: MatchCommandItem,
        name: match.name,
        props: {phone: match.phone, label: match.label},
        // The palette does not stay open for the time that CallGear needs.
        action() {
            callMatch({action, dialer, notification}, match);
        },
    }));
}

registry.category("callgear_parts").add("provideMatches", provideMatches);
