// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {FigureTable} from "./figure_table";

/**
 * Figures of each agent, one group of them at a time: all beside each other fit no page.
 * On a phone an agent is a block of its own. On paper all groups follow each other.
 */
export class TeamTable extends Component {
    static template = "callgear_integration.TeamTable";
    static components = {FigureTable};
    static props = {
        title: String,
        groups: {
            type: Array,
            element: {
                type: Object,
                shape: {key: String, label: String, figures: Array},
            },
        },
        rows: {type: Array, element: Object},
        total: Object,
        onOpen: Function,
    };

    setup() {
        this.state = useState({key: null});
    }

    get shown() {
        const {groups} = this.props;
        return (groups.find(({key}) => key === this.state.key) || groups[0]).key;
    }
}
