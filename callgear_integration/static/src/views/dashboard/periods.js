// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {getStartOfLocalWeek} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;

/** Periods that move along with time, and one that does not. */
export const UNITS = ["day", "week", "month", "quarter", "year", "custom"];
/** What the menu offers: [unit, how many of them back, name]. */
export const CHOICES = [
    ["day", 0, _t("Today")],
    ["day", -1, _t("Yesterday")],
    ["week", 0, _t("This week")],
    ["week", -1, _t("Last week")],
    ["month", 0, _t("This month")],
    ["month", -1, _t("Last month")],
    ["quarter", 0, _t("This quarter")],
    ["quarter", -1, _t("Last quarter")],
    ["year", 0, _t("This year")],
    ["year", -1, _t("Last year")],
];
const MAX_OFFSET = 10000;
const MEDIUM = {day: "numeric", month: "short", year: "numeric"};

const startOf = (date, unit) =>
    unit === "week" ? getStartOfLocalWeek(date) : date.startOf(unit);

/**
 * First and last day of a period.
 *
 * @param {Object} period
 * @param {String} period.unit
 * @param {Number} [period.offset] 0 is the present day, week …, -1 the one before
 * @param {String} [period.date_from] of a custom period
 * @param {String} [period.date_to]
 */
export function daysOf({unit, offset = 0, date_from, date_to}, now = DateTime.now()) {
    if (unit === "custom") {
        return {first: DateTime.fromISO(date_from), last: DateTime.fromISO(date_to)};
    }
    const step = `${unit}s`;
    const first = startOf(now, unit).plus({[step]: offset});
    return {first, last: first.plus({[step]: 1}).minus({days: 1})};
}

/** The same as the server takes it. */
export function datesOf(period, now) {
    const {first, last} = daysOf(period, now);
    return {date_from: first.toISODate(), date_to: last.toISODate()};
}

/** The next period, or the one before: a custom one moves by its own length. */
export function shifted(period, by) {
    if (period.unit !== "custom") {
        return {...period, offset: (period.offset || 0) + by};
    }
    const {first, last} = daysOf(period);
    const days = by * (Math.round(last.diff(first, "days").days) + 1);
    return customPeriod(first.plus({days}), last.plus({days}));
}

export function customPeriod(first, last) {
    const [from, to] = first <= last ? [first, last] : [last, first];
    return {unit: "custom", date_from: from.toISODate(), date_to: to.toISODate()};
}

/** How people call it: "November 2026", "2 Nov 2026 – 8 Nov 2026". */
export function labelOf(period, now) {
    const {first, last} = daysOf(period, now);
    switch (period.unit) {
        case "month":
            return first.toLocaleString({month: "long", year: "numeric"});
        case "quarter":
            return _t("Q%(quarter)s %(year)s", {
                quarter: first.quarter,
                year: first.year,
            });
        case "year":
            return String(first.year);
        default:
            return rangeLabel(first, last);
    }
}

export function rangeLabel(first, last) {
    const from = first.toLocaleString(MEDIUM);
    return first.hasSame(last, "day")
        ? from
        : `${from} – ${last.toLocaleString(MEDIUM)}`;
}

/** How a piece of a period is called below a chart. */
export function pieceLabel(start, granularity) {
    const moment = DateTime.fromISO(start);
    switch (granularity) {
        case "hour":
            return moment.toLocaleString(DateTime.TIME_SIMPLE);
        case "month":
            return moment.toLocaleString({month: "short", year: "numeric"});
        default:
            return moment.toLocaleString({day: "numeric", month: "short"});
    }
}

/** The piece as a period of its own, within the one that was cut up. */
export function piecePeriod(start, granularity, {date_from, date_to}) {
    const first = DateTime.fromISO(start).startOf("day");
    const step = granularity === "hour" ? "days" : `${granularity}s`;
    const last = first.plus({[step]: 1}).minus({days: 1});
    return customPeriod(
        DateTime.max(first, DateTime.fromISO(date_from)),
        DateTime.min(last, DateTime.fromISO(date_to))
    );
}

/** A period as it was kept or came with the address, or nothing if it is none. */
export function readPeriod({unit, offset, date_from, date_to}) {
    if (unit === "custom") {
        const [first, last] = [date_from, date_to].map((day) =>
            DateTime.fromISO(String(day))
        );
        return first.isValid && last.isValid ? customPeriod(first, last) : null;
    }
    const number = Number(offset || 0);
    const isGood = Number.isInteger(number) && Math.abs(number) <= MAX_OFFSET;
    return UNITS.includes(unit) && isGood ? {unit, offset: number} : null;
}
