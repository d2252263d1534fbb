// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {FILTERS} from "./options";

const SELECTORS = [
    {name: "team_ids", model: "helpdesk.ticket.team", title: _t("Teams")},
    {name: "user_ids", model: "res.users", title: _t("Agents")},
    {name: "channel_ids", model: "helpdesk.ticket.channel", title: _t("Channels")},
];

/** Narrows the dashboard down to teams, agents, channels. */
export class DashboardFilters extends Component {
    static template = "callgear_integration.DashboardFilters";
    static components = {MultiRecordSelector};
    static props = {
        options: Object,
        /** Domain by filter: whom the user may see, as the server says. */
        choices: {type: Object, optional: true},
        onChange: Function,
    };

    setup() {
        this.state = useState({isOpen: this.count > 0});
    }

    get count() {
        return FILTERS.filter((name) => this.props.options[name].length).length;
    }

    get selectors() {
        return SELECTORS.map(({name, model, title}) => ({
            name,
            title: title.toString(),
            props: {
                resModel: model,
                resIds: this.props.options[name],
                placeholder: _t("All"),
                fieldString: title.toString(),
                domain: this.props.choices?.[name] || [],
                update: (ids) => this.props.onChange({[name]: ids}),
            },
        }));
    }

    clear() {
        this.props.onChange(Object.fromEntries(FILTERS.map((name) => [name, []])));
    }
}
