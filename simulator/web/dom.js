// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// The few helpers that all parts of the page share.

/** An element. Text always becomes a text node: answers of the receiver are shown, never interpreted. */
export function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            node.addEventListener(name.slice(2), value);
        } else if (name in node && typeof value !== "string") {
            node[name] = value;
        } else if (value !== null && value !== undefined) {
            node.setAttribute(name, value);
        }
    }
    node.append(
        ...children
            .flat()
            .filter((child) => child !== null && child !== undefined && child !== false)
    );
    return node;
}

export const $ = (id) => document.getElementById(id);

/** Talk to the simulator; an error becomes an Error whose text can be shown. */
export async function api(method, path, body) {
    let response;
    try {
        response = await fetch(`/api/${path}`, {
            method,
            headers: body === undefined ? {} : {"Content-Type": "application/json"},
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch {
        throw new Error("the simulator does not answer");
    }
    const data = await response.json().catch(() => ({}));
    if (!response.ok) {
        throw new Error(data.error || `error ${response.status}`);
    }
    return data;
}

let hiding;

/** Say what went wrong, for some seconds. */
export function toast(text) {
    $("toast").textContent = text;
    $("toast").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => ($("toast").hidden = true), 6000);
}

/** Run something that may fail, and show why it did. */
export async function attempt(action) {
    try {
        return await action();
    } catch (error) {
        toast(error.message);
        return undefined;
    }
}

export function phone(number) {
    return /^\d{7,}$/.test(number) ? `+${number}` : number;
}

export function clock(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
