// A client of Socket.IO that writes down what it hears, a line of JSON each. It ends with its standard input.
// Arguments: the folder of the packages, the address, and its options.
const { createRequire } = require("node:module");

const [folder, url, options] = process.argv.slice(2);
const { io } = createRequire(`${folder}/listener.cjs`)("socket.io-client");
const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const socket = io(url, { reconnectionDelay: 100, ...JSON.parse(options) });
socket.on("connect", () => write({ on: "connect" }));
socket.on("connect_error", (error) => write({ on: "connect_error", message: error.message }));
socket.on("disconnect", (reason) => write({ on: "disconnect", reason }));
socket.onAny((name, ...args) => write({ on: name, args }));
process.stdin.on("end", () => process.exit(0)).resume();
