"""The local API, for back offices on this machine or behind its nginx: `/api/v1/`.

    GET    /api/v1/status             how the terminal is: to anybody (`edge.web.status`)
    GET    /api/v1/openapi.json       what stands here, as OpenAPI 3.1: to anybody (`openapi`)
    POST   /api/v1/pairings           a page meets the code and PIN that the desk shows
    GET    /api/v1/pairings/current   which pairing the token belongs to, and whether it counts
           /api/v1/verifications      asking for a card, how that stands, cancelling

The last two stand behind the door (`door`): a paired page's token, from its origin.
Errors have one form (`problem`), bodies are strict JSON (`body`).
"""
