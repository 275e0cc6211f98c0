// amqplib over TLS, one connection: sends a message to itself and prints what came of it.
//     node tls_client.mjs URL CA [CERTIFICATE KEY]
// Without a user in the URL it logs in by its certificate (SASL EXTERNAL).

import {readFileSync} from "node:fs";
import amqplib from "amqplib";

const [url, ca, certificate, key] = process.argv.slice(2);
const options = {ca: [readFileSync(ca)]};
if (certificate) Object.assign(options, {cert: readFileSync(certificate), key: readFileSync(key)});
if (!new URL(url).username) options.credentials = amqplib.credentials?.external?.() ??
    {mechanism: "EXTERNAL", response: () => Buffer.from("")};

try {
    const connection = await amqplib.connect(url, options);
    const channel = await connection.createChannel();
    const {queue} = await channel.assertQueue("", {exclusive: true});
    channel.sendToQueue(queue, Buffer.alloc(300_000, "x"));
    const body = await new Promise((resolve) => {
        channel.consume(queue, (message) => resolve(message.content), {noAck: true});
    });
    await connection.close();
    console.log(`got ${body.length}`);
} catch (error) {
    console.log(`refused: ${error.message}`);
}
