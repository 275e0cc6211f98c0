// What the API answers, as far as the console reads it. Keys as they come over the wire.

export interface User {
    name: string;
    tags: string[];
}

export interface Environment {
    label: string;
    colour?: string;
}

export interface Session {
    user: User;
    csrf?: string;
    idle_at?: number;
    expires_at?: number;
    environment?: Environment;
    listeners?: {protocol: string; port: number; tls: boolean}[];
    default_password?: boolean;
}

export interface Rate {
    rate: number;
    samples?: {sample: number; timestamp: number}[];
}

/** Counters by their name, each with its rate at name_details. */
export type MessageStats = Readonly<Record<string, number | Rate | undefined>>;

export type Arguments = Readonly<Record<string, unknown>>;

export interface Queue {
    name: string;
    vhost: string;
    type: string;
    state: string;
    durable: boolean;
    auto_delete: boolean;
    exclusive: boolean;
    arguments: Arguments;
    policy: string | null;
    consumers: number;
    messages: number;
    messages_details?: Rate;
    messages_ready: number;
    messages_ready_details?: Rate;
    messages_unacknowledged: number;
    messages_unacknowledged_details?: Rate;
    messages_persistent: number;
    message_bytes: number;
    message_bytes_ready: number;
    memory: number;
    idle_since?: string;
    message_stats?: MessageStats;
    consumer_details?: Consumer[];
}

export interface Effective {
    key: string;
    value: string | number | boolean;
    used?: number;
    from: "argument" | "policy" | "operator policy" | "default";
    by?: string;
}

/** What our own API adds to a queue. */
export interface QueueInsight {
    name: string;
    vhost: string;
    etag?: string;
    oldest_at?: number;
    growth?: number;
    drain_seconds?: number;
    waits_for?: "no consumers" | "paused" | "prefetch" | "alarm";
    dead_letter_in?: number;
    dead_letter_in_details?: Rate;
    message_stats?: MessageStats;
    effective?: Effective[];
}

export interface Exchange {
    name: string;
    vhost: string;
    type: string;
    durable: boolean;
    auto_delete: boolean;
    internal: boolean;
    arguments: Arguments;
    policy?: string;
    message_stats?: MessageStats;
}

export interface Binding {
    source: string;
    vhost: string;
    destination: string;
    destination_type: "queue" | "exchange";
    routing_key: string;
    arguments: Arguments;
    properties_key: string;
}

export interface Consumer {
    consumer_tag: string;
    queue: {name: string; vhost: string};
    channel_details: {
        connection_name: string;
        name: string;
        number: number;
        peer_host: string;
        peer_port: number;
        user: string;
    };
    ack_required: boolean;
    exclusive: boolean;
    active: boolean;
    activity_status: string;
    prefetch_count: number;
    arguments: Arguments;
}

export interface Unacked {
    delivery_tag: number;
    consumer_tag: string;
    unacked_for_seconds: number;
    channel_name: string;
}

export interface Connection {
    name: string;
    user_provided_name?: string;
    vhost: string;
    user: string;
    protocol: string;
    auth_mechanism: string;
    state: string;
    peer_host: string;
    peer_port: number;
    ssl: boolean;
    ssl_protocol?: string | null;
    ssl_cipher?: string | null;
    channels: number;
    channel_max: number;
    frame_max: number;
    timeout: number;
    connected_at: number;
    client_properties: Readonly<Record<string, unknown>>;
    recv_oct: number;
    recv_oct_details?: Rate;
    send_oct: number;
    send_oct_details?: Rate;
    recv_cnt: number;
    send_cnt: number;
}

export interface Channel {
    name: string;
    number: number;
    user: string;
    vhost: string;
    state: string;
    connection_details: {name: string; peer_host: string; peer_port: number};
    consumer_count: number;
    messages_unacknowledged: number;
    messages_unconfirmed: number;
    messages_uncommitted: number;
    prefetch_count: number;
    global_prefetch_count: number;
    confirm: boolean;
    transactional: boolean;
    idle_since?: string;
    message_stats?: MessageStats;
}

export interface Message {
    id: string;
    position: number;
    state: string;
    enqueued_at?: number;
    expires_at?: number;
    redelivered: boolean;
    delivery_count?: number;
    exchange: string;
    routing_key: string;
    properties: Readonly<Record<string, unknown>> & {headers?: Readonly<Record<string, unknown>>};
    header_types?: Readonly<Record<string, unknown>>;
    size: number;
    payload?: string;
    payload_encoding?: "string" | "base64";
    truncated?: boolean;
    origin?: "broker" | "publisher";
    held_by?: {
        connection: string;
        channel: number;
        consumer_tag: string;
        delivery_tag: number;
        since: number;
    };
    hidden?: string[];
}

export interface MessagePage {
    items: Message[];
    scanned: number;
    more: boolean;
    next?: string;
}

export interface NamedValue {
    vhost: string;
    name: string;
    value: number;
}

export interface Cause {
    text: string;
    kind?: string;
    vhost?: string;
    name?: string;
}

export interface BrokerEvent {
    ts: number;
    type: string;
    vhost?: string;
    name?: string;
    by?: string;
    text?: string;
}

export interface OverviewInsight {
    health: {ok: boolean; causes: Cause[]};
    alarms: {resource: string; since?: number}[];
    rates: {publish?: number; deliver?: number; ack?: number};
    messages: number;
    messages_unacknowledged?: number;
    oldest_at?: number;
    top: Partial<Record<"growth" | "depth" | "age" | "redelivery", NamedValue[]>>;
    dlq?: {queues: number; messages: number; in_rate?: number};
    events?: BrokerEvent[];
}

export interface Overview {
    product_version: string;
    rabbitmq_version: string;
    cluster_name: string;
    node: string;
    object_totals: Record<
        "connections" | "channels" | "queues" | "exchanges" | "consumers",
        number
    >;
    exchange_types: {name: string; description: string; enabled: boolean}[];
    listeners?: {protocol: string; ip_address: string; port: number; tls?: boolean}[];
    message_stats: MessageStats;
    queue_totals: {
        messages: number;
        messages_ready: number;
        messages_unacknowledged: number;
        messages_ready_details?: Rate;
    };
}

export interface Node {
    name: string;
    uptime: number;
    os_pid: string;
    processors: number;
    mem_used: number;
    mem_limit: number;
    mem_alarm: boolean;
    disk_free: number;
    disk_free_limit: number;
    disk_free_alarm: boolean;
    fd_used: number;
    fd_total: number;
    sockets_used: number;
    sockets_total: number;
    enabled_plugins: string[];
    rabbitmq_version?: string;
    context_switches?: number;
    auth_mechanisms?: {name: string; description: string; enabled: boolean}[];
}

export interface FoundItem {
    kind: string;
    vhost?: string;
    name: string;
}
