// A tool that answers what it is given, on the SDK for TypeScript: nothing is asked, limited or recorded.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { z } from "zod";

const sessions = new Map();

async function begin() {
  const server = new McpServer({ name: "echo", version: "1.0.0" });
  const shape = { message: z.string() };
  server.registerTool(
    "echo",
    { title: "Echo", description: "Echoes.", inputSchema: shape, outputSchema: shape },
    async ({ message }) => ({
      content: [{ type: "text", text: "Echo: done." }],
      structuredContent: { message },
    }),
  );
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

const server = createServer(async (request, response) => {
  const transport = sessions.get(request.headers["mcp-session-id"]) ?? (await begin());
  await transport.handleRequest(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
