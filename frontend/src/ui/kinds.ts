export const KINDS = ["desk", "meeting_room", "phone_booth", "hall", "classroom", "kitchen", "courtyard", "outdoor", "laser", "printer_3d", "mill", "bench", "equipment", "person"] as const;
