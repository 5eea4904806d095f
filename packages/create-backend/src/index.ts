// Public surface of @isoform/create-backend.
export { createBackend, type CreatedBackend, type CreateBackendOptions } from "./create.js";
export { main, type MainOptions } from "./main.js";
