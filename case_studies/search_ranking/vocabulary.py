"""The words of the simulated shop: kinds of products with their synonyms, and attributes."""

from __future__ import annotations

KINDS = {
    "living": [
        ("sofa couch settee", "seater cushions upholstered"),
        ("armchair recliner", "swivel cushions padded"),
        ("rug carpet", "woven pile washable"),
        ("lamp light luminaire", "bulb dimmable shade"),
        ("bookcase bookshelf", "shelves tier open"),
        ("curtain drape", "blackout eyelet panels"),
        ("cushion pillow", "filling cover square"),
        ("sideboard credenza", "drawers doors storage"),
    ],
    "bedroom": [
        ("mattress futon", "foam sprung firm"),
        ("wardrobe closet", "sliding rail mirror"),
        ("duvet comforter quilt", "tog filling double"),
        ("nightstand nightstable bedside", "drawer compact legs"),
        ("dresser bureau", "drawers knobs wide"),
        ("blanket throw", "fleece soft fringe"),
    ],
    "kitchen": [
        ("kettle boiler", "litre cordless fast"),
        ("fridge refrigerator", "freezer litre frost"),
        ("cooker stove range", "hob oven burners"),
        ("pan skillet", "nonstick induction lid"),
        ("mug cup", "handle dishwasher set"),
        ("tap faucet", "mixer spout lever"),
        ("dishcloth teatowel", "absorbent pack kitchen"),
        ("blender mixer", "jug speed smoothie"),
    ],
    "electronics": [
        ("television tv", "inch smart screen"),
        ("headphones headset", "wireless bass noise"),
        ("laptop notebook", "inch memory keyboard"),
        ("phone mobile smartphone", "dual camera unlocked"),
        ("charger adapter", "usb fast plug"),
        ("loudspeaker speaker", "bluetooth stereo bass"),
        ("camera camcorder", "zoom lens video"),
        ("tablet slate", "inch touch stylus"),
    ],
    "clothing": [
        ("trainers sneakers", "running sole lace"),
        ("jumper sweater pullover", "knit crew neck"),
        ("trousers pants slacks", "slim pockets stretch"),
        ("coat overcoat", "lined hooded zip"),
        ("handbag purse", "strap zip shoulder"),
        ("cap hat", "brim adjustable sun"),
        ("swimsuit bathingsuit", "lined straps quickdry"),
        ("waistcoat vest", "buttons lined slim"),
        ("socks stockings", "pairs ankle pack"),
    ],
    "garden": [
        ("lawnmower mower", "cutting electric petrol"),
        ("hose hosepipe", "metre nozzle reel"),
        ("barbecue grill bbq", "charcoal gas lid"),
        ("parasol umbrella", "tilt base shade"),
        ("spade shovel", "handle blade digging"),
        ("planter flowerpot", "drainage pot outdoor"),
        ("shed hut", "apex door outdoor"),
    ],
    "baby": [
        ("pram stroller pushchair", "foldable wheels harness"),
        ("cot crib", "rails convertible slats"),
        ("nappy diaper", "pack absorbent size"),
        ("dummy pacifier", "soother months pack"),
        ("highchair feedingchair", "tray harness foldable"),
    ],
    "workshop": [
        ("spanner wrench", "metric socket set"),
        ("torch flashlight", "led lumens rechargeable"),
        ("screwdriver driver", "bits magnetic set"),
        ("ladder stepladder", "rungs folding steps"),
        ("tape adhesive", "roll strong metre"),
        ("toolbox toolchest", "tray lock storage"),
    ],
}
"""Department → kinds: the words that mean the same, and words that only this kind's titles have."""

COLOURS = "black white grey brown beige navy green red teal mustard pink silver"
MATERIALS = "oak leather velvet steel cotton linen plastic glass wool bamboo"
STYLES = "modern vintage rustic minimalist industrial classic compact premium"
SYLLABLES = "ba be do fa gi hu ka ke lo mi na no pe ra ri so ta vo zu"
