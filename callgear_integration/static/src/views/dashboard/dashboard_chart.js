// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {localization} from "@web/core/l10n/localization";
import {durationStep, formatFigure, MAX_STEPS} from "./formats";

/**
 * A bar or line chart. A table beside it has the same figures, for those who cannot see it.
 * The parent loads Chart.js.
 */
export class DashboardChart extends Component {
    static template = "callgear_integration.DashboardChart";
    static props = {
        type: {validate: (type) => ["bar", "line"].includes(type)},
        title: String,
        labels: {type: Array, element: String},
        series: {
            type: Array,
            element: {
                type: Object,
                shape: {label: String, kind: String, values: Array},
            },
        },
        horizontal: {type: Boolean, optional: true},
        onSelect: {type: Function, optional: true},
    };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => this.draw(),
            () => [this.props.labels, this.props.series]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    /** Bars that lie need room for each of them. */
    get height() {
        return this.props.horizontal
            ? Math.max(160, 60 + this.props.labels.length * 46)
            : 260;
    }

    /** Long names leave room for the bars, also on a phone. */
    shortened(name) {
        const most = Math.max(12, Math.floor(this.canvas.el.clientWidth / 24));
        return name.length > most ? `${name.slice(0, most - 1)}…` : name;
    }

    draw() {
        this.chart?.destroy();
        this.chart = new Chart(this.canvas.el, this.config);
    }

    get config() {
        const {type, labels, series, horizontal, onSelect} = this.props;
        const scheme = cookie.get("color_scheme");
        const style = getComputedStyle(this.canvas.el);
        const text = style.color;
        const grid = style.getPropertyValue("--border-color") || "rgba(128,128,128,.3)";
        const isRtl = localization.direction === "rtl";
        const [{kind}] = series;
        const values = {
            beginAtZero: true,
            grid: {color: grid},
            ticks: {
                color: text,
                precision: kind === "count" ? 0 : undefined,
                maxTicksLimit: MAX_STEPS + 1,
                stepSize: durationStep(
                    kind,
                    series.flatMap((one) => one.values)
                ),
                callback: (value) => formatFigure(kind, value),
            },
            ...(horizontal ? {reverse: isRtl} : {position: isRtl ? "right" : "left"}),
        };
        const names = {
            grid: {display: false},
            ticks: {
                color: text,
                autoSkip: !horizontal,
                maxRotation: 50,
                ...(horizontal && {callback: (index) => this.shortened(labels[index])}),
            },
            ...(horizontal ? {position: isRtl ? "right" : "left"} : {reverse: isRtl}),
        };
        return {
            type,
            data: {
                labels,
                datasets: series.map((one, index) => ({
                    label: one.label,
                    data: one.values,
                    backgroundColor: getColor(index, scheme, "sm"),
                    borderColor: getColor(index, scheme, "sm"),
                    borderWidth: type === "line" ? 2 : 0,
                    borderRadius: 3,
                    pointRadius: labels.length > 40 ? 1 : 3,
                    cubicInterpolationMode: "monotone",
                    spanGaps: true,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                indexAxis: horizontal ? "y" : "x",
                interaction: {
                    mode: "index",
                    intersect: false,
                    axis: horizontal ? "y" : "x",
                },
                scales: horizontal ? {x: values, y: names} : {x: names, y: values},
                plugins: {
                    legend: {
                        align: "start",
                        rtl: isRtl,
                        labels: {color: text, boxWidth: 14, boxHeight: 14},
                    },
                    tooltip: {
                        rtl: isRtl,
                        callbacks: {
                            label: ({dataset, raw}) =>
                                `${dataset.label}: ${formatFigure(kind, raw)}`,
                        },
                    },
                },
                onClick: (_event, [element]) => element && onSelect?.(element.index),
                onHover: ({native}, elements) => {
                    const hand = onSelect && elements.length ? "pointer" : "default";
                    native.target.style.cursor = hand;
                },
            },
        };
    }
}
