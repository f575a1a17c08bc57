"""What is said in the sample, what is shown meanwhile, and what the made-up recogniser gets wrong.

In the text, `{name}` before a word is a hard cut to the shot of that name.
"""

MARA, TOM = "spk_0", "spk_1"

# (speaker, text) for a turn; a bare string names the shot that fills an insert which the transcript lacks.
TALK = [
    (MARA, "Welcome to Field Notes. I'm Mara Ellison, and this is the story of a bridge that leaned, a little, for 56 years, while nobody was looking. "
           "With me is Tom Okafor, who surveyed it with the oldest instrument in the trade."),
    (TOM, "{bridge} Thank you, Mara. The oldest, and the cheapest. A plumb line is a brass weight on a string. "
          "Gravity does the calibration, and gravity never needs a battery."),
    (MARA, "Describe the bridge for us."),
    (TOM, "Harlow Crossing has 5 spans and 4 piers, and it was opened in 1967. The deck is steel, the piers are concrete, and the river under it is cold, "
          "brown and fast. Pier 3 stands in the deepest water, so that is where we hung the line, from the bearing shelf down to the footing, 11.5 meters of it."),
    (MARA, "{pendulum} And then you waited."),
    (TOM, "Then we waited. A long pendulum is patient. It swings for several minutes, and every truck that crosses the deck wakes it up again. "
          "We sank the bob in a bucket of oil to damp it, and we read it only when the traffic lights at both ends were red."),
    (MARA, "What did the string tell you?"),
    (TOM, "{gauge} That the pier was not vertical. We fixed a dial gauge beside the string, and the needle climbed to 4.2 millimeters, and stayed there. "
          "I tapped the glass. It stayed. I wrote it down, and I asked Priya to read it again without seeing my notebook."),
    (MARA, "And did she agree?"),
    (TOM, "She read 4.3. Between two tired people in the rain, that is agreement."),
    (MARA, "{chart} So let us look at the record. In 1994 the lean was 1.1 millimeters. In 2011 it was 2.6. Now it is 4.2. "
           "That is not a crack or a collapse. It is a tendency, but it points in one direction."),
    (TOM, "It does. {dusk} And the river has a direction too. Upstream, the current had scoured the gravel from the footing, a hollow about the size of a kitchen table. "
          "You cannot see scour from the deck. You can only see what it does to a straight line."),
    "part_two",
    (MARA, "{trolley} Tell us about the repair."),
    (TOM, "We brought the stone out by rail. A small trolley ran along the deck at walking speed, 2 tons at a time, 36 trips in all. "
          "Divers set each block by hand against the footing. It was slow, careful work, and on the ninth day the current rose and we had to stop."),
    (MARA, "Were you worried?"),
    (TOM, "{circle} I was watching the string. When the water rises, the whole pier trembles, and you can see it in the bob, a tiny circle, turning and turning. "
          "I slept badly. But the circle stayed small."),
    (MARA, "{gauge_after} And when the flood had passed?"),
    (TOM, "The needle had come back. Not to zero, because concrete does not forget, but to 3.1. It has stayed at 3.1 through two winters."),
    (MARA, "{table} Let me read the final figures. The tolerance for this class of bridge is 6 millimeters. The inspection interval is now 12 months, instead of 60. "
           "And the total cost of the plumb line, with the bucket and the oil, was 38 dollars."),
    (TOM, "39. I bought a better bucket."),
    (MARA, "{dawn} What should a young engineer remember from this?"),
    (TOM, "Measure the thing itself. A model tells you what ought to happen, and a sensor tells you what it was told to tell you, but a weight on a string has no opinion. "
          "It hangs straight, and everything else has to explain itself."),
    (MARA, "{end} Tom Okafor, thank you. I'm Mara Ellison, and this was Field Notes. Keep it plumb."),
]

FIRST_SHOT = "title"

# (word as spoken, which occurrence from 1, as the recogniser heard it)
MISHEARD = [
    ("trade", 1, "train"), ("Okafor", 1, "Oakafor"), ("Mara", 2, "Mora"), ("brass", 1, "grass"), ("calibration", 1, "celebration"),
    ("Harlow", 1, "Hollow"), ("piers", 1, "peers"), ("piers", 2, "peers"), ("Pier", 1, "Peer"), ("shelf", 1, "self"), ("bob", 1, "Bob"),
    ("damp", 1, "dump"), ("gauge", 1, "gage"), ("Priya", 1, "Prayer"), ("lean", 1, "lien"), ("scoured", 1, "scored"), ("scour", 1, "score"),
    ("footing", 2, "fitting"), ("stone", 1, "stove"), ("rail", 1, "rain"), ("Divers", 1, "Drivers"), ("current", 2, "currant"),
    ("tolerance", 1, "tolerant"), ("class", 1, "glass"), ("38", 1, "30"), ("sensor", 1, "censor"),
]

# (word, occurrence): spoken, but missing from the transcript.
DROPPED = [("only", 1), ("tiny", 1)]

# (word, occurrence, heard): heard in the pause before that word, but never spoken.
IMAGINED = [("Upstream", 1, "uh"), ("Measure", 1, "so")]

# (word, occurrence, rival): right, but the recogniser was in doubt.
DOUBTED = [("Ellison", 1, "Alison"), ("deck", 1, "dock"), ("oil", 1, "all"), ("gravel", 1, "grovel"), ("trips", 1, "chips"), ("ninth", 1, "night"), ("plumb", 3, "plum")]
