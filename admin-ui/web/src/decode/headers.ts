// Headers with their AMQP types: the letters of the field table in words.

const NAMES: Readonly<Record<string, string>> = {
    t: "bool",
    b: "int8",
    B: "uint8",
    s: "int16",
    u: "uint16",
    I: "int32",
    i: "uint32",
    l: "int64",
    f: "float",
    d: "double",
    D: "decimal",
    S: "longstr",
    A: "array",
    T: "timestamp",
    F: "table",
    V: "void",
    x: "octets",
};

export interface HeaderRow {
    name: string;
    type: string;
    value: unknown;
}

/** Nested tables and lists are rows of their own, with the way to them as their name. */
export function headerRows(
    headers: Readonly<Record<string, unknown>>,
    types: Readonly<Record<string, unknown>> = {},
): HeaderRow[] {
    return Object.entries(headers).flatMap(([name, value]) => rows(name, value, types[name]));
}

function rows(name: string, value: unknown, type: unknown): HeaderRow[] {
    if (Array.isArray(value) && value.length > 0) {
        const inner = Array.isArray(type) ? type : [];
        return value.flatMap((item, index) => rows(`${name}[${index}]`, item, inner[index]));
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        const inner =
            typeof type === "object" && type !== null ? (type as Record<string, unknown>) : {};
        const entries = Object.entries(value);
        if (entries.length > 0)
            return entries.flatMap(([key, item]) => rows(`${name}.${key}`, item, inner[key]));
    }
    return [{name, type: typeName(type, value), value}];
}

export function typeName(type: unknown, value: unknown): string {
    if (typeof type === "string") {
        const [letter, form] = type.split("/");
        const name = NAMES[letter!] ?? type;
        return form ? `${name}, ${form}` : name;
    }
    if (Array.isArray(value)) return "array";
    return typeof value === "object" && value !== null ? "table" : "";
}

export interface Death {
    queue: string;
    reason: string;
    exchange: string;
    keys: string[];
    count: number;
    time?: number;
}

/** The entries of x-death, newest first as they stand there. */
export function deaths(headers: Readonly<Record<string, unknown>>): Death[] {
    const list = headers["x-death"];
    if (!Array.isArray(list)) return [];
    return list
        .filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null)
        .map((one) => {
            const death: Death = {
                queue: String(one["queue"] ?? ""),
                reason: String(one["reason"] ?? ""),
                exchange: String(one["exchange"] ?? ""),
                keys: Array.isArray(one["routing-keys"]) ? one["routing-keys"].map(String) : [],
                count: Number(one["count"] ?? 1),
            };
            if (typeof one["time"] === "number") death.time = one["time"] * 1_000;
            return death;
        });
}
