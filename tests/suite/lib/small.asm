; small.txt as an array in the data segment, terminated by a zero.

global small
section .data align=32

small:
    incbin "small.txt"
    db 0
