"""ComfyUI's graphs: what the sampler of the saved picture was given.

A graph is walked back from the node that saved the picture, along the outputs that its links name. Every value is that
of the very input which the sampler has, or of the node that this input is linked to. What comes out of a node that is
not known here is unknown, and so is every text it is a part of: None, never a guess.

`graph` is what the server ran and `workflow` what the editor shows (`widgets`: the values in its boxes); `walk` follows
inputs, pipes and switches; `samplers` finds the sampler, `conditionings`, `texts` and `strings` its prompts, `settings`
its numbers and names, `models` checkpoint and LoRAs. `names` is what is known of nodes by their names: new nodes go
there. `read` puts it together.
"""

from .graph import Graph, Link, Node, from_prompt
from .read import read_graph
from .workflow import from_workflow

__all__ = ["Graph", "Link", "Node", "from_prompt", "from_workflow", "read_graph"]
