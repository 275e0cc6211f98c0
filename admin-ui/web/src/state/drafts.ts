// What goes from a message to the form that publishes a copy of it. In memory: it is gone with the page.
import type {Message} from "../api/types.ts";

let draft: Message | undefined;

export function keepDraft(message: Message): void {
    draft = message;
}

/** The message that is to be copied, once. */
export function takeDraft(): Message | undefined {
    const taken = draft;
    draft = undefined;
    return taken;
}
