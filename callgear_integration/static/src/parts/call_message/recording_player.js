// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Component, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {url} from "@web/core/utils/urls";
import {makeAudio} from "../../calls/browser_means";
import {clockText} from "../../calls/clock";

export const SPEEDS = [1, 1.25, 1.5, 2];

/** Plays a recording: nothing is loaded before it is asked for, its length is known. */
export class RecordingPlayer extends Component {
    static template = "callgear_integration.RecordingPlayer";
    static props = {recording: Object};

    setup() {
        this.speeds = SPEEDS;
        this.state = useState({
            playing: false,
            position: 0,
            length: 0,
            speed: 1,
            broken: false,
        });
        onWillUnmount(() => this.audio?.pause());
    }

    get length() {
        return this.state.length || this.props.recording.duration || 0;
    }

    get source() {
        return url(`/web/content/${this.props.recording.attachment_id}`);
    }

    get download() {
        return `${this.source}?download=1`;
    }

    get positionText() {
        return clockText(this.state.position);
    }

    get lengthText() {
        return clockText(this.length);
    }

    get playLabel() {
        return this.state.playing ? _t("Pause") : _t("Play");
    }

    get statusText() {
        return {
            awaited: _t("The recording will be here shortly."),
            late: _t("The recording is delayed: CallGear has not delivered it yet."),
            deleted: _t("The recording has been deleted in Odoo."),
            gone: _t("CallGear no longer has the recording."),
            failed: _t("The recording could not be fetched from CallGear."),
        }[this.props.recording.state];
    }

    /** The element is made on first use, so that a ticket with many calls loads nothing. */
    ensureAudio() {
        if (!this.audio) {
            const audio = (this.audio = makeAudio(this.source));
            if (!audio) {
                this.state.broken = true;
                return null;
            }
            audio.playbackRate = this.state.speed;
            audio.addEventListener(
                "timeupdate",
                () => (this.state.position = audio.currentTime)
            );
            audio.addEventListener("durationchange", () => {
                if (Number.isFinite(audio.duration)) {
                    this.state.length = audio.duration;
                }
            });
            audio.addEventListener("play", () => (this.state.playing = true));
            audio.addEventListener("pause", () => (this.state.playing = false));
            audio.addEventListener("error", () => (this.state.broken = true));
        }
        return this.audio;
    }

    toggle() {
        const audio = this.ensureAudio();
        if (this.state.playing) {
            audio.pause();
        } else {
            audio?.play().catch(() => (this.state.playing = false));
        }
    }

    seek(ev) {
        const position = Number(ev.target.value);
        const audio = this.ensureAudio();
        if (audio) {
            audio.currentTime = position;
        }
        this.state.position = position;
    }

    setSpeed(ev) {
        this.state.speed = Number(ev.target.value);
        if (this.audio) {
            this.audio.playbackRate = this.state.speed;
        }
    }
}
