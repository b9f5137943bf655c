;; Product of an int8 matrix and an int16 vector, added to a float32 vector:
;;   out[r] += scale[r] * factor * sum over c of matrix[r][c] * x[c]
;; Four lanes of int32 sums, twice, so that 4,096 columns of full range cannot overflow.
(module
  (import "lmkit" "memory" (memory 1))
  (func (export "add_product")
    (param $matrix i32)   ;; int8, rows x columns
    (param $x i32)        ;; int16, columns
    (param $scale i32)    ;; float32, rows
    (param $out i32)      ;; float32, rows
    (param $rows i32)
    (param $columns i32)  ;; a multiple of 16, at least 16
    (param $factor f32)
    (local $end i32) (local $at i32) (local $low v128) (local $high v128) (local $eight v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $columns) (i32.const 1))))
    (loop $row
      (local.set $at (local.get $x))
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (loop $columns16
        (local.set $eight (v128.load (local.get $matrix)))
        (local.set $low (i32x4.add (local.get $low)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $eight))
            (v128.load (local.get $at)))))
        (local.set $high (i32x4.add (local.get $high)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $eight))
            (v128.load offset=16 (local.get $at)))))
        (local.set $matrix (i32.add (local.get $matrix) (i32.const 16)))
        (br_if $columns16 (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 32))) (local.get $end))))
      (local.set $low (f32x4.add
        (f32x4.convert_i32x4_s (local.get $low)) (f32x4.convert_i32x4_s (local.get $high))))
      (f32.store (local.get $out) (f32.add (f32.load (local.get $out))
        (f32.mul (f32.mul (f32.load (local.get $scale)) (local.get $factor))
          (f32.add
            (f32.add (f32x4.extract_lane 0 (local.get $low)) (f32x4.extract_lane 1 (local.get $low)))
            (f32.add (f32x4.extract_lane 2 (local.get $low)) (f32x4.extract_lane 3 (local.get $low)))))))
      (local.set $scale (i32.add (local.get $scale) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1)))))))
