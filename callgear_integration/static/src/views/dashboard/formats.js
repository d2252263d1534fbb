// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {_t} from "@web/core/l10n/translation";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";

const SECONDS = {hours: 3600, minutes: 60};
const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
/** In seconds: what people count durations in. */
const STEPS = [
    ...[1, 2, 5, 10, 30],
    ...[1, 2, 5, 10, 30].map((step) => step * MINUTE),
    ...[1, 2, 4, 12].map((step) => step * HOUR),
    ...[1, 2, 5, 10, 20, 50, 100].map((step) => step * DAY),
];
/** More lines than that are not drawn across a chart. */
export const MAX_STEPS = 6;

/** "3 h 20 min": the two largest units of a duration. */
function durationText(seconds) {
    const total = Math.round(seconds);
    if (total < 60) {
        return _t("%s s", total);
    }
    const minutes = Math.floor(total / 60);
    if (minutes < 60) {
        const rest = total % 60;
        return rest && minutes < 10
            ? _t("%(minutes)s min %(seconds)s s", {minutes, seconds: rest})
            : _t("%s min", minutes);
    }
    const hours = Math.floor(minutes / 60);
    if (hours < 48) {
        return minutes % 60
            ? _t("%(hours)s h %(minutes)s min", {hours, minutes: minutes % 60})
            : _t("%s h", hours);
    }
    const days = Math.floor(hours / 24);
    return hours % 24
        ? _t("%(days)s d %(hours)s h", {days, hours: hours % 24})
        : _t("%s d", days);
}

/** A measure as people read it; a dash where there is nothing to take an average of. */
export function formatFigure(kind, value) {
    if (value === null || value === undefined) {
        return "–";
    }
    if (kind in SECONDS) {
        return durationText(value * SECONDS[kind]);
    }
    if (kind === "share") {
        return percent(value);
    }
    return kind === "number"
        ? formatFloat(value, {digits: [16, 1]})
        : formatInteger(value);
}

/**
 * The distance of two lines of a chart, if it shows durations: whole hours, not "8 h 20 min".
 *
 * @param {String} kind
 * @param {Array<Number|null>} values that are drawn
 * @returns {Number|undefined} in the unit of the values
 */
export function durationStep(kind, values) {
    if (!(kind in SECONDS)) {
        return undefined;
    }
    const most = Math.max(0, ...values) * SECONDS[kind];
    const step = STEPS.find((each) => most <= each * MAX_STEPS);
    return step && step / SECONDS[kind];
}

/** Names of durations say their unit for tables of bare numbers: here values say it. */
export function plainLabel({kind, label}) {
    return kind in SECONDS ? label.replace(/\s*\([^)]*\)$/, "") : label;
}

export function percentText(part, whole) {
    return percent((100 * part) / whole);
}

function percent(value) {
    return `${formatFloat(value, {digits: [16, 1]})} %`;
}

/** What a chart draws of a measure: of a share, the per cent. */
export function chartValue({kind, key, due_key}, values) {
    if (kind !== "share") {
        return values[key];
    }
    return values[due_key] ? (100 * values[key]) / values[due_key] : null;
}

/** Whole per cents; of less than one it says how much, as "0" would be no change. */
function changeText(share) {
    if (share < 0.095) {
        return formatFloat(Math.max(share, 0.01), {digits: [16, 2]});
    }
    return formatFloat(share, {digits: [16, share < 0.95 ? 1 : 0]});
}

/**
 * How a figure compares with the period before: nothing if there is no such period.
 *
 * @returns {{text: String, icon: String, tone: String, title: String} | null}
 */
export function changeOf({kind, better, ...figure}) {
    let {value, previous} = figure;
    if (kind === "share") {
        value = figure.due ? (100 * value) / figure.due : null;
        previous = figure.previous_due ? (100 * previous) / figure.previous_due : null;
    }
    if (previous === null || previous === undefined || value === null) {
        return null;
    }
    const title = _t("Before: %s", formatFigure(kind, previous));
    if (value === previous) {
        return {text: "=", icon: "", tone: "muted", title};
    }
    const isMore = value > previous;
    let tone = "muted";
    if (better) {
        tone = isMore === (better === "more") ? "success" : "danger";
    }
    const sign = isMore ? "+" : "−";
    const text = previous
        ? `${sign}${changeText((100 * Math.abs(value - previous)) / previous)} %`
        : sign + formatFigure(kind, Math.abs(value));
    return {text, icon: isMore ? "fa-arrow-up" : "fa-arrow-down", tone, title};
}
