; sample.txt as an array in the data segment, terminated by a zero.

global sample
section .data align=32

sample:
    incbin "sample.txt"
    db 0
