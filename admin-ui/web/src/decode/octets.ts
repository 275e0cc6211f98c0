// From what the API sends to octets, and from octets to text where they are text.

/** The octets of a payload as it stands in an answer. */
export function octetsOf(payload: string, encoding: "string" | "base64" | undefined): Uint8Array {
    return encoding === "base64" ? fromBase64(payload)! : new TextEncoder().encode(payload);
}

/** undefined when it is not base64; both alphabets, line breaks allowed. */
export function fromBase64(text: string): Uint8Array | undefined {
    const plain = text.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
    try {
        return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
    } catch {
        return undefined;
    }
}

export function toBase64(octets: Uint8Array): string {
    let text = "";
    for (const octet of octets) text += String.fromCharCode(octet);
    return btoa(text);
}

/** undefined when the octets are not UTF-8. */
export function utf8(octets: Uint8Array): string | undefined {
    try {
        return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(octets);
    } catch {
        return undefined;
    }
}
