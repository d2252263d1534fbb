// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {readStored, store} from "../../calls/browser_means";
import {readPeriod} from "./periods";

const KEY = "callgear_integration.dashboard";
const MAX_IDS = 200;
export const FILTERS = ["team_ids", "user_ids", "channel_ids"];

/** Ids as they were kept (a list) or came with the address ("1,2"). */
function readIds(value) {
    const ids = Array.isArray(value) ? value : String(value ?? "").split(",");
    return ids
        .map(Number)
        .filter((id) => Number.isInteger(id) && id > 0)
        .slice(0, MAX_IDS);
}

/** What is chosen on the dashboard, made whole from whatever it is read from. */
export function readOptions(raw) {
    const options = raw || {};
    return {
        period: readPeriod(options.period || options) || {unit: "month", offset: 0},
        compare: ![false, "false", "0", 0].includes(options.compare),
        ...Object.fromEntries(FILTERS.map((name) => [name, readIds(options[name])])),
    };
}

/** The same for the address: plain values only. */
export function toAddress(options) {
    const {unit, offset, date_from, date_to} = options.period;
    return {
        unit,
        offset: unit === "custom" ? undefined : String(offset),
        date_from,
        date_to,
        compare: options.compare ? undefined : "0",
        ...Object.fromEntries(
            FILTERS.map((name) => [name, options[name].join(",") || undefined])
        ),
    };
}

/** What was chosen last in this browser. */
export function keptOptions() {
    try {
        return JSON.parse(readStored(KEY));
    } catch {
        return null;
    }
}

export function keepOptions(options) {
    store(KEY, JSON.stringify(options));
}
