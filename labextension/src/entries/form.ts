import type { FormState } from "../messages";
import LaunchForm from "../launch/LaunchForm.svelte";
import { widget } from "../widget";

export default widget<FormState>(LaunchForm);
