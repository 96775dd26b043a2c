import { testEngine } from "./test_engine.ts";

await testEngine("nats", "NatsStateStore");
