// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import {Message} from "@mail/core/common/message";
import {Message as MessageModel} from "@mail/core/common/message_model";
import {patch} from "@web/core/utils/patch";
import {callPart} from "./call_parts";

patch(Message, {
    components: {
        ...Message.components,
        CallMessage: callPart("CallMessage", {isWanted: () => true}),
    },
});

patch(MessageModel.prototype, {
    setup() {
        super.setup(...arguments);
        /** What the card of a call message is drawn from; see `callgear.leg._card`. */
        this.callgear_call = undefined;
    },
});
