// All cases, in one process: they share a browser, and most of them a broker.
import {before, after, describe} from "node:test";
import {Broker, closeBrowser, openBrowser} from "./harness.mjs";
import {declareShop} from "./shop.mjs";
import {pageCases} from "./pages.mjs";
import {messageCases} from "./messages.mjs";
import {deedCases} from "./deeds.mjs";
import {nameCases} from "./names.mjs";
import {securityCases} from "./security.mjs";
import {lifeCases} from "./life.mjs";

const shared = {broker: undefined, shop: undefined};

describe("console", {timeout: 300_000}, () => {
    before(async () => {
        await openBrowser();
        shared.broker = await Broker.start({extra: ["--console-environment", "staging"]});
        shared.shop = await declareShop(shared.broker);
    });
    after(async () => {
        await shared.shop?.close();
        await shared.broker?.stop();
        await closeBrowser();
    });
    pageCases(shared);
    messageCases(shared);
    deedCases(shared);
    nameCases(shared);
    securityCases(shared);
    lifeCases();
});
