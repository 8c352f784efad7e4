// Holds a connection while a page of duty or of the desk is open: duty lasts while its person is there.

import { io } from "/static/vendor/socket.io-client/socket.io.esm.min.js";

const VERSION = 1;
const AGAIN_MS = 5000;
const LATER = new Set(["too_many", "server_error"]);
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const socket = io({ auth: { csrf, v: VERSION }, transports: ["websocket", "polling"], reconnectionDelayMax: 8000 });

socket.on("connect_error", (error) => {
  // Socket.IO tries again by itself when a line breaks, but not when the server refused it.
  const code = (error.data?.error ?? error.data)?.code;
  if (!socket.active && (!code || LATER.has(code))) setTimeout(() => socket.connect(), AGAIN_MS * (1 + Math.random() / 2));
});
