// The shortest program that connects, in the languages people come with. Pure.

export const LANGUAGES = ["URL", "Python", "Java", "Go", ".NET", "Node"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Target {
    host: string;
    port: number;
    vhost: string;
    user: string;
}

/** PASSWORD stays for the reader to fill in: the page does not know it. */
export function amqpUrl({host, port, vhost, user}: Target): string {
    const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    return `amqp://${encodeURIComponent(user)}:PASSWORD@${name}:${port}/${encodeURIComponent(vhost)}`;
}

export function snippet(language: Language, target: Target): string {
    const url = amqpUrl(target);
    switch (language) {
        case "URL":
            return url;
        case "Python":
            return `import pika
connection = pika.BlockingConnection(pika.URLParameters("${url}"))
channel = connection.channel()
channel.queue_declare("hello", durable=True)
channel.basic_publish("", "hello", b'{"hello":"world"}')
print(channel.basic_get("hello", auto_ack=True))`;
        case "Java":
            return `var factory = new ConnectionFactory();
factory.setUri("${url}");
try (var connection = factory.newConnection(); var channel = connection.createChannel()) {
    channel.queueDeclare("hello", true, false, false, null);
    channel.basicPublish("", "hello", null, "hello, world".getBytes());
}`;
        case "Go":
            return `connection, _ := amqp.Dial("${url}")
channel, _ := connection.Channel()
channel.QueueDeclare("hello", true, false, false, false, nil)
channel.PublishWithContext(ctx, "", "hello", false, false,
    amqp.Publishing{Body: []byte("hello, world")})`;
        case ".NET":
            return `var factory = new ConnectionFactory { Uri = new("${url}") };
await using var connection = await factory.CreateConnectionAsync();
await using var channel = await connection.CreateChannelAsync();
await channel.QueueDeclareAsync("hello", true, false, false);
await channel.BasicPublishAsync("", "hello", "hello, world"u8.ToArray());`;
        case "Node":
            return `const connection = await amqp.connect("${url}")
const channel = await connection.createChannel()
await channel.assertQueue("hello")
channel.sendToQueue("hello", Buffer.from('{"hello":"world"}'))`;
    }
}
