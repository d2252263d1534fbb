// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

/** @type {WeakMap<Object, Map<string, number>>} how many parts of the page listen */
const listeners = new WeakMap();

/**
 * Listen to a channel of the bus that other parts of the page may listen to as well: who
 * is the first subscribes to it, and who is the last gives it up.
 *
 * @param {Object} bus service
 * @param {string} channel also the type of its messages
 * @param {() => void} onMessage
 * @returns {() => void} stops listening
 */
export function listen(bus, channel, onMessage) {
    if (!listeners.has(bus)) {
        listeners.set(bus, new Map());
    }
    const counts = listeners.get(bus);
    const count = (step) => counts.set(channel, (counts.get(channel) || 0) + step);
    count(1);
    bus.addChannel(channel);
    bus.subscribe(channel, onMessage);
    return () => {
        bus.unsubscribe(channel, onMessage);
        count(-1);
        if (!counts.get(channel)) {
            bus.deleteChannel(channel);
        }
    };
}
