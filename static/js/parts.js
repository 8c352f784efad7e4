// The page of parts: what only a script can show.

import "./dialog.js";
import { toast } from "./toast.js";

for (const button of document.querySelectorAll("[data-toast]")) button.addEventListener("click", () => toast(button.dataset.toast));
