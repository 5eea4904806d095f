// The build of the app: from the sources of the workspace, with the two headers that let threads share memory.
import { createReadStream, existsSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const PEERS = join(import.meta.dirname, "peers", "dist");
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves what `npm run app:peers` made, under `/peers/`: it is never part of the build. */
function servePeers(): Plugin {
  const serve = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (!path.startsWith("/peers/")) return next();
    const file = normalize(join(PEERS, decodeURIComponent(path.slice("/peers/".length))));
    const type = TYPES[extname(file)];
    for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    if (
      type === undefined ||
      !file.startsWith(PEERS + sep) ||
      !existsSync(file) ||
      !statSync(file).isFile()
    ) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", type);
    createReadStream(file).pipe(response);
  };
  return {
    name: "isoform-peers",
    configureServer: (server) => void server.middlewares.use(serve),
    configurePreviewServer: (server) => void server.middlewares.use(serve),
  };
}

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: { conditions: ["@isoform/source", "module", "browser"] },
  plugins: [servePeers()],
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1500 },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
});
export default config;
