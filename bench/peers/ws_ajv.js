// Node's ws and ajv: messages are validated by a compiled schema.
"use strict";

const { WebSocketServer } = require("ws");
const Ajv = require("ajv");

const validate = new Ajv().compile({
  type: "object",
  properties: { metric_name: { type: "string" } },
  required: ["metric_name"],
  additionalProperties: false,
});

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("listening", () => {
  console.log(`running on http://127.0.0.1:${server.address().port}`);
});

server.on("connection", (socket) => {
  socket.on("message", (data) => {
    let message;
    try {
      message = JSON.parse(data.toString());
    } catch (fault) {
      socket.send(JSON.stringify({ error: fault.message }));
      return;
    }
    if (!validate(message)) {
      socket.send(JSON.stringify({ error: validate.errors }));
      return;
    }
    const name = message.metric_name;
    socket.send(JSON.stringify({ value: name.length * 1.5, name: name.toUpperCase() }));
  });
});
