/** Entry point of a worker thread that compares passwords with bcrypt hashes, one after the other. */
import { parentPort } from "node:worker_threads";
import { isRightPassword, type PasswordQuestion } from "./compare-password.ts";

parentPort?.on("message", (question: PasswordQuestion) => {
  parentPort?.postMessage(isRightPassword(question));
});
