// Parts of forms that several dialogs have.
import {useState} from "preact/hooks";

/** Arguments as JSON, checked while one types. */
export function ArgumentsField({example, label = "Arguments"}: {example: string; label?: string}) {
    const [text, setText] = useState("");
    const fault = text.trim() === "" ? "" : faultOf(text);
    return (
        <div class="field">
            <label for="arguments">{label}</label>
            <textarea
                class="input mono"
                id="arguments"
                name="arguments"
                rows={3}
                spellcheck={false}
                placeholder={example}
                aria-describedby="arguments-hint"
                aria-invalid={fault !== ""}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
            />
            <p class={fault ? "hint crit" : "hint"} id="arguments-hint">
                {fault || "A JSON object, or nothing."}
            </p>
        </div>
    );
}

function faultOf(text: string): string {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? ""
            : "This is JSON, but no object.";
    } catch (error) {
        return error instanceof Error ? `No JSON yet: ${error.message}` : "No JSON yet.";
    }
}

/** What the field of that name holds. Throws an error that says what is wrong with it. */
export function argumentsOf(form: FormData): Record<string, unknown> {
    const text = String(form.get("arguments") ?? "").trim();
    if (text === "") return {};
    const fault = faultOf(text);
    if (fault) throw new Error(`Arguments: ${fault}`);
    return JSON.parse(text) as Record<string, unknown>;
}

/** The head of a dialog that makes something: the vhost it will be in, and its name. */
export function NewName({vhost}: {vhost: string}) {
    return (
        <>
            <p class="soft">
                In the vhost{" "}
                <b>
                    <bdi>{vhost}</bdi>
                </b>
                .
            </p>
            <div class="field">
                <label for="name">Name</label>
                <input
                    class="input"
                    id="name"
                    name="name"
                    required
                    autofocus
                    autocomplete="off"
                    maxLength={255}
                />
            </div>
        </>
    );
}
