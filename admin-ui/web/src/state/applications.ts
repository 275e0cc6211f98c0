// Connections by what they belong to: the name a client gives itself without the number of the instance. Pure.

type Cells = Readonly<Record<string, unknown>>;

export interface Group<T> {
    name: string;
    members: T[];
}

/** "order-worker-5d7c-3" and "order-worker-5d7c-1" are one application; without a name the program is. */
export function applicationOf(row: Cells): string {
    const given = row["user_provided_name"];
    if (typeof given === "string" && given !== "")
        return given.replace(/([-_.#:@ ]+([0-9a-f]{4,}|\d+))+$/i, "") || given;
    return "";
}

/** "pika 1.3.2 on CPython 3.11": product, version and platform as far as the client says them. */
export function clientOf(properties: Cells): string {
    const said = (key: string) =>
        typeof properties[key] === "string" ? (properties[key] as string) : "";
    const program = [said("product"), said("version")].filter(Boolean).join(" ");
    return [program || "unknown client", said("platform")].filter(Boolean).join(" on ");
}

/** The largest group first; what has no name last. */
export function grouped<T extends Cells>(rows: readonly T[], key: (row: T) => string): Group<T>[] {
    const groups = new Map<string, T[]>();
    for (const row of rows) {
        const name = key(row);
        groups.set(name, [...(groups.get(name) ?? []), row]);
    }
    return [...groups]
        .map(([name, members]) => ({name, members}))
        .sort(
            (a, b) =>
                Number(a.name === "") - Number(b.name === "") ||
                b.members.length - a.members.length ||
                a.name.localeCompare(b.name),
        );
}
