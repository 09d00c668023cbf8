; large.txt as an array in the data segment, terminated by a zero.

global large
section .data align=32

large:
    incbin "large.txt"
    db 0
